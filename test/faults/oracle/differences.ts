import { isDeepStrictEqual } from 'node:util';
import type { Observed } from './observe.ts';

/** What an end state has otherwise than the reference: `Deployment cache--gateway spec.replicas: 3 instead of 2`. */
export function differences(reference: Observed, observed: Observed): string[] {
  const keys = [...new Set([...reference.keys(), ...observed.keys()])].sort();
  return keys.flatMap((key) => {
    const name = key.replace('/', ' ');
    if (!observed.has(key)) return [`${name} is missing`];
    if (!reference.has(key)) return [`${name} is left over`];
    return different(reference.get(key), observed.get(key), '').map((text) => `${name} ${text}`);
  });
}

function different(wanted: unknown, there: unknown, path: string): string[] {
  if (isDeepStrictEqual(wanted, there)) return [];
  const isBranch = (value: unknown) => typeof value === 'object' && value !== null;
  if (!isBranch(wanted) || !isBranch(there) || Array.isArray(wanted) !== Array.isArray(there))
    return [`${path}: ${text(there)} instead of ${text(wanted)}`];
  const [a, b] = [wanted, there] as [Record<string, unknown>, Record<string, unknown>];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const step = (name: string) => (Array.isArray(wanted) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`);
  return names.flatMap((name) => different(a[name], b[name], step(name)));
}

function text(value: unknown): string {
  const whole = JSON.stringify(value) ?? 'nothing';
  return whole.length > 200 ? `${whole.slice(0, 197)}...` : whole;
}
