import * as z from 'zod';
import { objectName, size } from './fields.ts';

export const storageType = () =>
  z
    .enum(['PersistentVolumeClaim', 'EmptyDir'])
    .describe(
      'Kind of storage. PersistentVolumeClaim: a volume of its own for each environment, access mode ReadWriteOnce. ' +
        "EmptyDir: the node's disk; the files are gone with the pod, and are fetched again.",
    );

export const storage = () =>
  z.strictObject({
    type: storageType().default('PersistentVolumeClaim'),
    size: size()
      .optional()
      .describe(
        'Size of the volume, for example 100Gi. Left out: 10Gi. It can grow where the StorageClass allows it, and never shrinks. ' +
          'With EmptyDir, a pod that holds more is started anew.',
      ),
    storageClassName: objectName()
      .optional()
      .describe("StorageClass of the volume, with PersistentVolumeClaim. Left out: the cluster's default class."),
    retentionPolicy: z
      .enum(['Retain', 'Delete'])
      .optional()
      .describe(
        'What happens to the volume of a PersistentVolumeClaim when its environment or the whole cache is deleted. Retain (the default) keeps it, and a cache of the same name takes it up again. Delete removes it with its data.',
      ),
  });

export type Storage = z.output<ReturnType<typeof storage>>;
