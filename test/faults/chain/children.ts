import { effective } from '../../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import { describeProblem, validate } from '../../../src/api/validate.ts';
import { desired } from '../../../src/desired/desired.ts';
import type { Manifest } from '../../../src/desired/manifest.ts';
import type { Json } from './json.ts';

/** The children that a spec of a cache called `cache` asks for. Throws when it is not valid. */
export function children(spec: Json): Manifest[] {
  const { spec: parsed, problems } = validate({ metadata: { name: 'cache' }, spec });
  if (!parsed) throw new Error(problems.map(describeProblem).join('\n'));
  return desired('cache', 'namespace', effective(parsed, DEFAULT_IMAGES));
}

/** Leaves whose change alone changes no child, and why that is right. Any other one would be a dead field. */
export const SILENT: Readonly<Record<string, string>> = {
  'spec.paused': 'it says that children are left alone; the condition Reconciling tells it',
  'spec.engine.type': 'Athens is the only one so far',
  'spec.checksumDatabase.name': 'sum.golang.org is the only one that a rule admits',
};
