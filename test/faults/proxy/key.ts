import { resources } from '../../../src/kube/paths.ts';
import type { Operation, RequestKey } from './contract.ts';

/** What a request is about; its occurrence is counted by `createCounter`. */
export type Subject = Omit<RequestKey, 'occurrence'>;

const KINDS = new Map<string, string>(
  Object.values(resources)
    .filter((resource) => resource !== resources.CoreEvent)
    .map(({ group, plural, kind }) => [`${group}/${plural}`, kind]),
);

/** Parts of a body that name what has no name in the path of a CREATE. */
interface Named {
  metadata?: { name?: string };
}

/**
 * Reads a request of the Kubernetes API: its path without what comes before `/api` or `/apis`, and with its query.
 * A path that is none of an object (`/version`) gives an empty kind.
 */
export function subjectOf(method: string, url: string, contentType: string | undefined, body: unknown): Subject {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const { group, namespace, plural, name, subresource } = placeOf(pathname);
  const kind = plural && (KINDS.get(`${group}/${plural}`) ?? plural);
  const { metadata } = (body ?? {}) as Named;
  return {
    operation: operationOf(method, name, searchParams.has('watch'), contentType),
    kind,
    namespace,
    name: stableName(kind, name || (method === 'POST' ? (metadata?.name ?? '') : '')),
    subresource,
  };
}

/** The parts of `/apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME/SUBRESOURCE`. */
function placeOf(pathname: string) {
  const [root, ...rest] = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const [group = '', parts] = root === 'api' ? ['', rest.slice(1)] : [rest[0], rest.slice(2)];
  // `namespaces/NAME` alone is the Namespace itself.
  const isNamespaced = parts[0] === 'namespaces' && parts.length > 2;
  const [plural = '', name = '', subresource = ''] = isNamespaced ? parts.slice(2) : parts;
  return { group, namespace: isNamespaced ? (parts[1] ?? '') : '', plural, name, subresource };
}

function operationOf(method: string, name: string, watches: boolean, contentType: string | undefined): Operation {
  switch (method) {
    case 'POST':
      return 'CREATE';
    case 'PUT':
      return 'UPDATE';
    case 'DELETE':
      return 'DELETE';
    case 'PATCH':
      return contentType?.startsWith('application/apply-patch') ? 'APPLY' : 'PATCH';
    default:
      return watches ? 'WATCH' : name ? 'GET' : 'LIST';
  }
}

/** Names that hold a random part or a UID would be others in each run: the end of a Pod's, the digest of an Event's. */
export function stableName(kind: string, name: string): string {
  if (kind === 'Pod') return name.replace(/-[a-z0-9]{5}$/, '-*');
  if (kind === 'Event') return name.replace(/\.[0-9a-f]{16}$/, '.*');
  return name;
}

/** `APPLY GoProxyCache cache/status #2`. */
export function keyText({ operation, kind, name, subresource, occurrence }: RequestKey): string {
  const where = [name, subresource].filter(Boolean).join('/');
  return [operation, kind, where, `#${String(occurrence)}`].filter(Boolean).join(' ');
}

/** Counts things with equal names, by namespace. */
export interface Counter {
  /** How many of this name there were, with this one. */
  count(namespace: string, name: string): number;
  readonly forget: (namespace: string) => void;
}

export function createCounter(): Counter {
  const counts = new Map<string, Map<string, number>>();
  return {
    count: (namespace, name) => {
      const own = counts.get(namespace) ?? new Map<string, number>();
      counts.set(namespace, own);
      const next = (own.get(name) ?? 0) + 1;
      own.set(name, next);
      return next;
    },
    forget: (namespace) => {
      counts.delete(namespace);
    },
  };
}

/** The request with its number among the equal ones. */
export function numbered(counter: Counter, subject: Subject): RequestKey {
  const { operation, kind, name, subresource, namespace } = subject;
  return { ...subject, occurrence: counter.count(namespace, `${operation} ${kind} ${name}/${subresource}`) };
}

/** Whether it is one of those meant: every field that is given is equal. */
export function matches(match: object, of: object): boolean {
  const fields = of as Record<string, unknown>;
  return Object.entries(match).every(([field, value]) => value === undefined || fields[field] === value);
}
