import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOnce } from './cleanup.ts';
import { envoyBinary } from './envoy.ts';
import type { Gateway } from './gateway.ts';
import { start } from './nginx.ts';

/** Of a pod of type Envoy, the container beside the gateway's: a function that starts it, at first or again. */
export function containerOfEnvoy({ folder }: Gateway): () => ChildProcess {
  // Where the user of the pod may read it.
  const program = join(folder.root, 'envoy');
  copyFileSync(envoyBinary, program);
  chmodSync(program, 0o755);
  return () => {
    const script = join(folder.root, 'config/envoy.sh');
    const child = start('/bin/sh', [script], folder, { GATEWAY_RUN: folder.run, GATEWAY_ENVOY: program });
    endOnce(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // The shell leaves SIGTERM to entrypoint.sh; Envoy itself does not.
      for (const pid of childrenOf(child)) process.kill(pid, 'SIGKILL');
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    return child;
  };
}

/** The processes that a process has started. */
export function childrenOf({ pid, exitCode }: ChildProcess): number[] {
  if (pid === undefined || exitCode !== null) return [];
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
