import type { Spec } from '../../../src/api/spec.ts';
import { CHECKOUT, TESTBED_IMAGES } from '../../support/environment.ts';
import { apply } from '../../support/kubectl.ts';
import { operatorImage } from '../../support/operatorpod.ts';
import { run } from '../../support/run.ts';
import { applyCache, smallSpec } from '../../support/smallcache.ts';
import { atRest } from './rest.ts';
import type { Scene, Served } from './scene.ts';
import { openScene, tlsSecret } from './scene.ts';

/** The cache of the downloads campaign, and where it is. */
export interface Stage {
  scene: Scene;
  served: Served;
  type: 'Nginx' | 'Envoy';
  /** Of the volume of dev: it never shrinks. */
  size: string;
}
export const NAME = 'cache';

/** One change, during which the clients go on. */
export interface Step {
  what: string;
  do: (stage: Stage) => Promise<void>;
  /** Roles of which a pod goes: no other pod may. */
  replaces: string[];
}

/** Another name for an image of the testbed: a change of the image, and of nothing else. */
export const otherTag = (image: string): string => image.replace(/:[^:]*$/, ':other');
export const otherImage = (which: 'engine' | 'gateway' | 'envoy'): string => otherTag(TESTBED_IMAGES?.[which] ?? '');

/** A StorageClass whose volumes may grow. Nothing in the testbed makes them grow: actions.ts does. */
const GROWING = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'growing' },
  provisioner: 'rancher.io/local-path',
  volumeBindingMode: 'WaitForFirstConsumer',
  reclaimPolicy: 'Delete',
  allowVolumeExpansion: true,
};

export const ENVOY = { resources: { requests: { cpu: '20m', memory: '64Mi' } } };

/** The cache as it is before and after each rollout. */
export function baseSpec({ scene, type, size }: Omit<Stage, 'served'>): Spec {
  return smallSpec('', {
    upstreams: scene.upstreams,
    environments: [
      { name: 'prod', default: true },
      { name: 'dev', storage: { type: 'PersistentVolumeClaim', size, storageClassName: GROWING.metadata.name } },
    ],
    gateway: {
      type,
      ...(type === 'Envoy' && { envoy: ENVOY }),
      tls: { secretRef: { name: tlsSecret(NAME) }, plainHTTP: 'Enabled' },
    },
  });
}

/** Applies a spec to the cache, and waits until nothing is under way. */
export async function applyHere(stage: Stage, spec: Spec): Promise<void> {
  await applyCache(stage.scene.namespace, NAME, spec);
  await atRest(stage.scene.namespace, NAME);
}

/** Starts what is not running, and makes the cache. */
export async function openStage(type: Stage['type']): Promise<Stage> {
  const scene = await openScene('downloads');
  await apply(GROWING);
  const images = [...Object.values(TESTBED_IMAGES ?? {}), operatorImage() ?? ''];
  for (const image of images) await run('test/testbed/image.sh', ['tag', image, otherTag(image)], { cwd: CHECKOUT });
  const size = '1Gi';
  return { scene, type, size, served: await scene.serve(NAME, baseSpec({ scene, type, size })) };
}
