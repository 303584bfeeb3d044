import type { Seen } from '../proxy/proxy.ts';

/** How often the operator made and removed each object: `Deployment cache--gateway: 1 created, 0 deleted`. Applies on top are allowed. */
export function summary(seen: readonly Seen[]): string[] {
  const counts = new Map<string, { created: number; deleted: number }>();
  for (const { key, status } of seen) {
    if (key.kind === 'Event' || key.subresource !== '') continue;
    const name = `${key.kind} ${key.name}`;
    const count = counts.get(name) ?? { created: 0, deleted: 0 };
    if (status === 201) count.created++;
    if (key.operation === 'DELETE' && (status === 200 || status === 202)) count.deleted++;
    counts.set(name, count);
  }
  return [...counts]
    .filter(([, { created, deleted }]) => created + deleted > 0)
    .map(([name, { created, deleted }]) => `${name}: ${created} created, ${deleted} deleted`)
    .sort();
}
