import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CHECKOUT, TESTBED_FOLDER } from './environment.ts';
import { eventually } from './eventually.ts';
import { run } from './run.ts';

/** What a steady client has seen so far. */
export interface SteadyReport {
  requests: number;
  failed: number;
  /** The first failures, with their time. */
  failures?: string[];
  /** The longest time in which no request was answered well. */
  longestPauseMs: number;
  done: boolean;
}

export interface SteadyClient {
  /** Waits for that many more requests than there were when it was called. */
  more: (requests: number) => Promise<void>;
  /** Stops it after the requests under way, and gives the totals. */
  stop: () => Promise<SteadyReport>;
}

/** Builds the client once; go's own cache makes it quick the next time. */
async function build(): Promise<string> {
  const program = join(TESTBED_FOLDER, 'bin/steadyclient');
  await run('go', ['build', '-o', program, '.'], { cwd: join(CHECKOUT, 'test/support/steadyclient') });
  return program;
}

/**
 * Starts a Go client that asks for the paths in turn, at a steady pace over kept-alive connections, until it is stopped.
 * @param authority file with the certificates that it trusts, for https
 */
export async function startSteadyClient(
  url: string,
  paths: string[],
  requestsPerSecond = 50,
  authority?: string,
): Promise<SteadyClient> {
  const program = await build();
  const args = ['-url', url, '-rate', String(requestsPerSecond), ...paths.flatMap((path) => ['-path', path])];
  const env = { ...process.env, ...(authority !== undefined && { SSL_CERT_FILE: authority }) };
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
  let latest: SteadyReport = { requests: 0, failed: 0, longestPauseMs: 0, done: false };
  createInterface(child.stdout).on('line', (line) => (latest = JSON.parse(line) as SteadyReport));
  const closed = once(child, 'close');

  const more = async (requests: number): Promise<void> => {
    const wanted = latest.requests + requests;
    await eventually(`${wanted} requests of the steady client`, 60 + (2 * requests) / requestsPerSecond, () =>
      latest.requests >= wanted ? { value: undefined } : { missing: JSON.stringify(latest) },
    );
  };
  const stop = async (): Promise<SteadyReport> => {
    child.stdin.end();
    await closed;
    if (!latest.done) throw new Error(`the steady client ended early: ${JSON.stringify(latest)}`);
    return latest;
  };
  await more(1);
  return { more, stop };
}
