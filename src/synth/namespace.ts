import { describeProblem } from '../api/validate.ts';

/** A DNS label (RFC 1123): what a namespace is called, and a stage, which is the name of a folder too. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const isLabel = (value: unknown): value is string => typeof value === 'string' && LABEL.test(value);

export function namespaceProblems(field: string, value: unknown): string[] {
  if (isLabel(value)) return [];
  const message = "must be at most 63 lower-case letters, digits and '-': write for example goproxy";
  return [describeProblem({ field, value, message })];
}
