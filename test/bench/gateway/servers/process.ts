import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { endOnce } from '../../../gateway-real/support/cleanup.ts';
import { eventually } from '../../../support/eventually.ts';

export interface RunningProcess {
  readonly pid: number;
  /** Ends it and everything it started, at once. */
  readonly kill: () => Promise<void>;
}

/** Starts a server and waits until it answers at `url`, whatever it says. Its output goes to a file. */
export async function startServer(
  program: string,
  args: readonly string[],
  { url, env, log }: { url: string; env: NodeJS.ProcessEnv; log: string },
): Promise<RunningProcess> {
  const output = openSync(log, 'a');
  // A group of its own, so that its children end with it.
  const child = spawn(program, args, { env, stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  const ended = once(child, 'exit').catch(() => undefined);
  const kill = endOnce(async () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
    await ended;
  });
  await eventually(
    `${program} answers`,
    30,
    async () => {
      if (child.exitCode !== null) throw new Error(`${program} ended: ${readFileSync(log, 'utf8').slice(-1000)}`);
      return { value: await (await fetch(url)).arrayBuffer() };
    },
    50,
  );
  return { pid: child.pid ?? 0, kill };
}
