/** What a provisioner of volumes does, without volumes: one that is asked for is there at once, and grows at once. */
import type { V1PersistentVolume, V1PersistentVolumeClaimSpec } from '@kubernetes/client-node';
import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { keyOf, keyOfObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import type { Mirror } from './mirror.ts';
import { others } from './resources.ts';

export const CLASSES = { expandable: 'expandable', fixed: 'fixed' } as const;
const PROVISIONER = 'testbed.goproxycache.io/none';

type Claim = KubeObject<V1PersistentVolumeClaimSpec, { phase?: string; capacity?: { storage?: string } }>;
type Volume = KubeObject &
  Pick<V1PersistentVolume, 'apiVersion'> & { spec: { claimRef?: { namespace: string; name: string; uid: string } } };

/** The class `expandable` is the default. */
export async function makeClasses(client: Client): Promise<void> {
  const make = (name: string, rest: object, annotations = {}) =>
    client.apply(resources.StorageClass, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name, annotations },
      provisioner: PROVISIONER,
      volumeBindingMode: 'Immediate',
      reclaimPolicy: 'Delete',
      ...rest,
    } as KubeObject);
  await make(
    CLASSES.expandable,
    { allowVolumeExpansion: true },
    { 'storageclass.kubernetes.io/is-default-class': 'true' },
  );
  await make(CLASSES.fixed, { allowVolumeExpansion: false });
}

const request = ({ spec }: Claim) => spec?.resources?.requests?.['storage'] ?? '';
const volumeName = ({ metadata }: Claim) => `pvc-${metadata.uid ?? ''}`;

/** Makes, grows and removes volumes for as long as the mirror runs. */
export function provision(client: Client, mirror: Mirror, run: (work: () => Promise<unknown>) => void): void {
  const made = new Set<string>();
  const growing = new Map<string, string>();

  async function make(claim: Claim): Promise<void> {
    const { namespace, name, uid } = claim.metadata;
    await client.create(others.PersistentVolume, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volumeName(claim), annotations: { 'pv.kubernetes.io/provisioned-by': PROVISIONER } },
      spec: {
        capacity: { storage: request(claim) },
        accessModes: claim.spec?.accessModes,
        storageClassName: claim.spec?.storageClassName,
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
        hostPath: { path: '/nowhere' },
      },
    });
  }

  async function grow(claim: Claim): Promise<void> {
    const capacity = { storage: request(claim) };
    const volume = { name: claim.spec?.volumeName ?? '' };
    await client.mergePatch(others.PersistentVolume, volume, { spec: { capacity } });
    await client.mergePatch(
      resources.PersistentVolumeClaim,
      claim.metadata,
      { status: { capacity } },
      { subresource: 'status' },
    );
  }

  mirror.each('PersistentVolumeClaim', (object, deleted) => {
    const claim = object as Claim;
    const uid = claim.metadata.uid ?? '';
    if (deleted) {
      const volume = made.delete(uid) ? mirror.get('PersistentVolume', volumeName(claim)) : undefined;
      if (volume)
        run(() => client.remove(others.PersistentVolume, volume.metadata, { uid: volume.metadata.uid ?? '' }));
      growing.delete(uid);
      return;
    }
    const { phase, capacity } = claim.status ?? {};
    const known = Object.values<string | undefined>(CLASSES).includes(claim.spec?.storageClassName);
    if (phase === 'Pending' && known && !made.has(uid)) {
      made.add(uid);
      run(() => make(claim));
    }
    if (phase === 'Bound' && capacity?.storage !== request(claim) && growing.get(uid) !== request(claim)) {
      growing.set(uid, request(claim));
      run(() => grow(claim));
    }
  });

  // A claim that went before its volume was seen.
  mirror.each('PersistentVolume', (object, deleted) => {
    const { claimRef } = (object as Volume).spec;
    if (deleted || !claimRef || object.metadata.deletionTimestamp !== undefined) return;
    const claim = mirror.get('PersistentVolumeClaim', keyOf(claimRef.namespace, claimRef.name));
    if (claim?.metadata.uid === claimRef.uid) return;
    if (!made.has(claimRef.uid))
      run(() =>
        client.remove(others.PersistentVolume, { name: keyOfObject(object) }, { uid: object.metadata.uid ?? '' }),
      );
  });
}
