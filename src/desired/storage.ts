import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node';
import type { Engine } from './engine.ts';
import { objectLabels, RETENTION } from './labels.ts';
import type { Manifest } from './manifest.ts';

/** The volume of an engine, if it has one. With retentionPolicy Retain it gets no owner, so that nothing collects it. */
export function claim(cache: string, namespace: string, { name, component, environment, storage }: Engine): Manifest[] {
  if (storage.type !== 'PersistentVolumeClaim') return [];
  const { size, storageClassName, retentionPolicy } = storage;
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name,
        namespace,
        labels: objectLabels(cache, component, environment.name),
        annotations: { [RETENTION]: retentionPolicy },
      },
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(storageClassName !== undefined && { storageClassName }),
        resources: { requests: { storage: size } },
      } satisfies V1PersistentVolumeClaimSpec,
    },
  ];
}
