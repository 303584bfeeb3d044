import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKOUT, EXISTING_CLUSTER, TESTBED_IMAGES } from './environment.ts';
import { eventually } from './eventually.ts';
import { apply, list, read, tryKubectl } from './kubectl.ts';
import { run } from './run.ts';

export const OPERATOR_NAMESPACE = 'goproxycache-system';
export const OPERATOR_NAME = 'goproxycache-operator';
/** The user that the operator is for the API server, as the audit log names it. */
export const OPERATOR_USER = `system:serviceaccount:${OPERATOR_NAMESPACE}:${OPERATOR_NAME}`;

interface Template {
  metadata: { annotations?: Record<string, string> };
}
export interface Installed {
  kind: string;
  spec?: { template?: Template };
}

/** Starts what is not running: the testbed with the operator's image of this checkout, and the operator in it. */
export async function clusterWithOperator(): Promise<void> {
  if (!EXISTING_CLUSTER) {
    await run(join(CHECKOUT, 'test/testbed/up.sh'), [], { timeoutSeconds: 1800 });
    await run(join(CHECKOUT, 'test/testbed/load-operator.sh'), []);
  }
  await installOperator();
}

/**
 * Installs the operator as a pod, as `goproxycache install | kubectl apply` does, and waits until it is ready. On the
 * testbed with the images that are there (test/testbed/load-operator.sh); elsewhere with the public ones.
 */
export async function installOperator(): Promise<void> {
  const items = await installation(CHECKOUT, imageFlags());
  const digest = await operatorDigest();
  for (const { kind, spec } of items) {
    // The tag of a development image stays the same, so the digest makes the pod follow a new build.
    if (kind === 'Deployment' && spec?.template && digest !== undefined)
      spec.template.metadata.annotations = {
        ...spec.template.metadata.annotations,
        'goproxycache.io/image-digest': digest,
      };
  }
  await applyInstallation(items);
}

/** What `goproxycache install` of a checkout prints. */
export async function installation(checkout: string, flags: string[]): Promise<Installed[]> {
  const words = [join(checkout, 'src/cli/main.ts'), 'install', '-o', 'json', ...flags];
  return (JSON.parse(await run(process.execPath, words)) as { items: Installed[] }).items;
}

/** Applies what installs an operator, and waits until it is ready. */
export async function applyInstallation(items: Installed[]): Promise<void> {
  // The namespace has to be there before what is in it.
  await apply(items.filter(({ kind }) => kind === 'Namespace' || kind === 'CustomResourceDefinition'));
  await crdEstablished();
  await apply(items);
  await operatorReady();
}

/** Waits until the resource is served. Asked again, since `kubectl wait` gives up on a CRD that has no status yet. */
export function crdEstablished(): Promise<void> {
  return eventually('the CRD is established', 30, async () => {
    const wait = ['wait', '--for=condition=Established', 'crd/goproxycaches.goproxycache.io', '--timeout=10s'];
    const { status, stderr } = await tryKubectl(wait);
    return status === 0 ? { value: undefined } : { missing: stderr };
  });
}

/** Waits until all pods of the operator are ready, and none of an older version is left. */
export async function operatorReady(timeoutSeconds = 90): Promise<void> {
  interface Deployment {
    metadata: { generation: number };
    spec: { replicas: number };
    status?: { observedGeneration?: number; updatedReplicas?: number; readyReplicas?: number; replicas?: number };
  }
  await eventually('the operator is ready', timeoutSeconds, async () => {
    const deployment = await read<Deployment>('deployment', OPERATOR_NAME, OPERATOR_NAMESPACE);
    if (!deployment) return { missing: 'its Deployment' };
    const { metadata, spec, status = {} } = deployment;
    const { observedGeneration, updatedReplicas, readyReplicas, replicas } = status;
    const all = [updatedReplicas, readyReplicas, replicas].every((count) => count === spec.replicas);
    return all && observedGeneration === metadata.generation ? { value: undefined } : { missing: await describePods() };
  });
}

async function describePods(): Promise<string> {
  const pods = await list<{ metadata: { name: string }; status: object }>('pods', OPERATOR_NAMESPACE);
  return (
    pods
      .map(({ metadata, status }) => `${metadata.name}: ${JSON.stringify(status)}`)
      .join('; ')
      .slice(0, 1500) || 'no pod'
  );
}

/** The operator's image in the cluster under test; undefined for the public one. */
export const operatorImage = (): string | undefined =>
  process.env.GPC_OPERATOR_IMAGE ?? (EXISTING_CLUSTER ? undefined : 'localhost/goproxycache-operator:dev');

/** The images of the cluster under test, as flags of `goproxycache install`. */
export function imageFlags(image = operatorImage()): string[] {
  const operator = image === undefined ? [] : ['--image', image];
  if (TESTBED_IMAGES === undefined) return operator;
  const { engine, gateway, envoy } = TESTBED_IMAGES;
  return [...operator, '--athens-image', engine, '--nginx-image', gateway, '--envoy-image', envoy];
}

/** Digest of the image that was built last; undefined where none was built. */
async function operatorDigest(): Promise<string | undefined> {
  const text = await readFile(join(CHECKOUT, 'dist/goproxycache-operator.digest'), 'utf8').catch(() => '');
  return /sha256:[0-9a-f]{64}/.exec(text)?.[0];
}
