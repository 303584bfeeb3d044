import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node';
import type { EffectiveEnvironment } from '../api/effective.ts';
import { objectLabels, RETENTION } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { engineName } from './names.ts';

/** The volume of an environment. With retentionPolicy Retain it gets no owner, so that nothing collects it. */
export function claim(cache: string, namespace: string, environment: EffectiveEnvironment): Manifest {
  const { size, storageClassName, retentionPolicy } = environment.storage;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: engineName(cache, environment.name),
      namespace,
      labels: objectLabels(cache, 'engine', environment.name),
      annotations: { [RETENTION]: retentionPolicy },
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storageClassName !== undefined && { storageClassName }),
      resources: { requests: { storage: size } },
    } satisfies V1PersistentVolumeClaimSpec,
  };
}
