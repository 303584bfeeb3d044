import { hash } from 'node:crypto';
import type { KubeObject } from '../kube/objects.ts';

/** Kinds whose status is read. */
const JUDGED = ['Deployment', 'PersistentVolumeClaim'];

/**
 * What is kept in memory of a child, and compared: all but a status that nobody reads, and the values of a ConfigMap, most of them
 * long, as digests. Pure; the same for an object that is there and for one that is wanted.
 */
export function kept(object: KubeObject): KubeObject {
  const { status, ...rest } = object;
  const { data } = rest as { data?: Record<string, string> };
  if (object.kind === 'ConfigMap' && data) return { ...rest, data: digests(data) } as KubeObject;
  return JUDGED.includes(object.kind) && status !== undefined ? { ...rest, status } : rest;
}

const digests = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([name, text]) => [name, hash('sha256', text, 'base64')]));
