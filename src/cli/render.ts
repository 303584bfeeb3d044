import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { effective } from '../api/effective.ts';
import type { DefaultImages } from '../api/images.ts';
import { GROUP, KIND } from '../api/types.ts';
import { describeProblem, validate } from '../api/validate.ts';
import { desired } from '../desired/desired.ts';
import type { Manifest } from '../desired/manifest.ts';

/** A mistake in what the user gave us: its message is all that is shown, and the exit code is 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Document {
  apiVersion?: unknown;
  kind?: unknown;
  metadata?: { name?: unknown; namespace?: unknown };
  spec?: unknown;
}

/** Reads a file, or standard input for `-`. */
export function readInput(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The children of every GoProxyCache in a YAML stream, as the operator would apply them. All problems are told at once. */
export function render(text: string, images: DefaultImages, namespace: string): Manifest[] {
  const documents = parse(text).filter(
    (document): document is Document => typeof document === 'object' && document !== null,
  );
  const caches = documents.filter(
    ({ apiVersion, kind }) => kind === KIND && String(apiVersion).startsWith(`${GROUP}/`),
  );
  if (caches.length === 0) throw new UsageError(`there is no ${KIND} (${GROUP}) in the input`);
  const problems: string[] = [];
  const manifests = caches.flatMap((cache) => {
    const name = cache.metadata?.name;
    if (typeof name !== 'string') {
      problems.push('metadata.name: nothing: every cache needs a name: write for example acme-go');
      return [];
    }
    const validated = validate({ metadata: { name }, spec: cache.spec });
    if (!validated.spec) {
      problems.push(...validated.problems.map((problem) => `${name}: ${describeProblem(problem)}`));
      return [];
    }
    const own = cache.metadata?.namespace;
    return desired(name, typeof own === 'string' ? own : namespace, effective(validated.spec, images));
  });
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return manifests;
}

function parse(text: string): unknown[] {
  try {
    return loadAll(text);
  } catch (error) {
    throw new UsageError(`the input is not YAML: ${(error as Error).message.split('\n')[0] ?? ''}`);
  }
}
