import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { clusterEnvironment } from '../../support/environment.ts';

/** Every version of some objects, from the first one that the API server tells. */
export interface Watch<T> {
  /** So far, oldest first. */
  versions: (name: string) => T[];
  close: () => void;
}

interface Named {
  metadata: { name: string };
}

/** Watches a collection, for example /apis/goproxycache.io/v1alpha1/goproxycaches. What is there already comes first. */
export function watchObjects<T extends Named>(path: string): Watch<T> {
  const seen: T[] = [];
  const child = spawn('kubectl', ['get', '--raw', `${path}?watch=1&timeoutSeconds=3600`], {
    env: clusterEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => seen.push((JSON.parse(line) as { object: T }).object));
  return {
    versions: (name) => seen.filter(({ metadata }) => metadata.name === name),
    close: () => child.kill(),
  };
}
