import { readFileSync } from 'node:fs';
import { UsageError } from './render.ts';

/** Where Kubernetes tells a pod its namespace, beside the token of its service account. */
const FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** The namespace of the pod that this is. Throws a UsageError elsewhere. */
export function ownNamespace(file: string = FILE): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new UsageError(
      `--leader-election needs a namespace for its Lease, and ${file} is not there to tell one: add --leader-election-namespace <namespace>`,
    );
  }
}
