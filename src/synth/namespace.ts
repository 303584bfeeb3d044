import { describeProblem } from '../api/validate.ts';
import { NAMESPACE, NAMESPACE_REMEDY } from '../install/names.ts';

/** What a namespace is called, and a stage, which is the name of a folder too. */
const LABEL = new RegExp(NAMESPACE);

export const isLabel = (value: unknown): value is string => typeof value === 'string' && LABEL.test(value);

export function namespaceProblems(field: string, value: unknown): string[] {
  if (isLabel(value)) return [];
  return [describeProblem({ field, value, message: NAMESPACE_REMEDY })];
}
