import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Link } from './link.ts';

/** One process of the operator in an election. */
export interface Replica {
  /** Id of its token: who it is in the audit log. */
  readonly token: string;
  readonly link: Link;
  /** What the Lease says when it is the holder. */
  readonly identity: () => string;
  /** Whether it said so. */
  readonly said: (sentence: string) => boolean;
  readonly leads: () => boolean;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Undefined while it runs; an exit code, or null when a signal ended it. */
  readonly exitCode: () => number | null | undefined;
  readonly ended: Promise<number | null>;
  /** What it printed that is no log line: a stack trace. */
  readonly crashes: readonly string[];
}

/** Starts a process. */
export function startReplica(options: {
  program: string;
  kubeconfigPath: string;
  namespace: string;
  token: string;
  link: Link;
  /** For clock.ts. */
  wallClock?: string | undefined;
}): Replica {
  const { program, kubeconfigPath, namespace, token, link, wallClock } = options;
  const shifted = wallClock === undefined ? [] : ['--import', new URL('clock.ts', import.meta.url).href];
  const flags = [`--kubeconfig=${kubeconfigPath}`, '--health-port=0', '--leader-election'];
  const where = [`--leader-election-namespace=${namespace}`, `--watch-namespace=${namespace}`];
  // setpriv: the kernel ends it when this process dies.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', process.execPath, ...shifted, program, 'operator', ...flags, ...where],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '', WALL_CLOCK: wallClock ?? '' } },
  );
  const said = new Set<string>();
  const crashes: string[] = [];
  let identity = '';
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      try {
        const { message, identity: own } = JSON.parse(line) as { message: string; identity?: string };
        said.add(message);
        identity = own ?? identity;
      } catch {
        crashes.push(line);
      }
    });
  let exitCode: number | null | undefined;
  const ended = once(child, 'exit').then(([code]) => (exitCode = code as number | null));
  const leads = () => said.has('this process leads') && !said.has(LOST) && exitCode === undefined;
  return {
    token,
    link,
    identity: () => identity,
    said: (sentence) => said.has(sentence),
    leads,
    signal: (name) => {
      child.kill(name);
    },
    exitCode: () => exitCode,
    ended,
    crashes,
  };
}

const LOST = 'the leadership is lost: nothing is written any more, and the process ends';
