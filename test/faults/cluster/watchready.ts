import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { clusterEnvironment } from '../../support/environment.ts';

/**
 * Watches the condition Ready of all caches of a namespace: anything but True is a problem.
 * @param excused a reason that is none: Progressing, while specs change
 */
export function watchReady(namespace: string, excused?: 'Progressing'): { stop: () => string[] } {
  const ready = '{.status.conditions[?(@.type=="Ready")]';
  const line = `{.metadata.name} ${ready}.status} ${ready}.reason} ${ready}.message}{"\\n"}`;
  const child = spawn('kubectl', ['get', 'goproxycaches', '-n', namespace, '--watch', '-o', `jsonpath=${line}`], {
    env: clusterEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const problems = new Set<string>();
  createInterface(child.stdout).on('line', (text) => {
    const [name, status, reason] = text.split(' ');
    if (status !== 'True' && reason !== excused) problems.add(`goproxycache ${name ?? ''} was not Ready: ${text}`);
  });
  return {
    stop: () => {
      child.kill();
      return [...problems];
    },
  };
}
