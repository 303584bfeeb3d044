import type { V1Container, V1PodSpec, V1ResourceRequirements } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../api/effective.ts';
import type { Resources } from '../api/spec.ts';
import { serviceAccountName } from './names.ts';

/** User and group of every container: any number but 0, the same for all so that volumes are shared by fsGroup. */
export const USER = 65532;

/** The fields of a container that Pod Security `restricted` asks for, and a read-only root on top. */
export const restrictedContainer: Pick<V1Container, 'securityContext'> = {
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  },
};

/**
 * What all pods of a cache have in common. Service links are off: with them a Service called athens would inject
 * ATHENS_PORT=tcp://... and the engine would die of it.
 */
export const podBase = (cache: string, spec: EffectiveSpec): Omit<V1PodSpec, 'containers'> => ({
  serviceAccountName: serviceAccountName(cache),
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  ...(spec.imagePullSecrets.length > 0 && { imagePullSecrets: spec.imagePullSecrets }),
  securityContext: {
    runAsNonRoot: true,
    runAsUser: USER,
    runAsGroup: USER,
    fsGroup: USER,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  },
});

const texts = (quantities: Record<string, string | number | undefined> | undefined) =>
  quantities &&
  Object.fromEntries(
    Object.entries(quantities).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

/** Resources as the API server stores them: quantities are text. */
export function resourceRequirements(resources: Resources): V1ResourceRequirements {
  const requests = texts(resources.requests);
  const limits = texts(resources.limits);
  return { ...(requests && { requests }), ...(limits && { limits }) };
}
