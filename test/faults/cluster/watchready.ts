import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { clusterEnvironment } from '../../support/environment.ts';

/**
 * Watches the condition Ready of all caches of a namespace: anything but True is a problem.
 * @param excused what is none, of lines `name status reason message`
 */
export function watchReady(namespace: string, excused: RegExp): { stop: () => string[] } {
  const ready = '{.status.conditions[?(@.type=="Ready")]';
  const line = `{.metadata.name} ${ready}.status} ${ready}.reason} ${ready}.message}{"\\n"}`;
  const child = spawn('kubectl', ['get', 'goproxycaches', '-n', namespace, '--watch', '-o', `jsonpath=${line}`], {
    env: clusterEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const problems = new Set<string>();
  createInterface(child.stdout).on('line', (text) => {
    const [name, status] = text.split(' ');
    if (status !== 'True' && !excused.test(text)) problems.add(`goproxycache ${name ?? ''} was not Ready: ${text}`);
  });
  return {
    stop: () => {
      child.kill();
      return [...problems];
    },
  };
}
