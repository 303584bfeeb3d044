import { mkdirSync, mkdtempSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../gateway-real/support/nginx.ts';
import { TESTBED_FOLDER } from '../../../support/environment.ts';
import type { Target } from '../wrk.ts';
import { startServer } from './process.ts';
import { athensEnvironment } from '../../../support/athens.ts';

const program = (name: string): string => join(TESTBED_FOLDER, 'bin', name);

export interface Engine extends Target {
  readonly port: number;
  readonly storage: string;
  /** Ends it at once, as a node that breaks would. */
  readonly kill: () => Promise<void>;
}

/** Athens with the settings that the operator gives it, on a storage of its own; `storage` takes one that is there. */
export async function startAthens(scratch: string, upstream: string, storage?: string): Promise<Engine> {
  const own = mkdtempSync(join(scratch, 'athens-'));
  const root = storage ?? join(own, 'storage');
  const [home, { http: port }] = [join(own, 'tmp'), await freePorts()];
  mkdirSync(root, { recursive: true });
  mkdirSync(home);
  const env = { ...goCommand, ...athensEnvironment(upstream, { storage: root, home, port }) };
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer(program('athens-proxy'), [], { url: `${url}/readyz`, env, log: join(own, 'log') });
  return { name: 'Athens', url, port, storage: root, pids: [server.pid], kill: server.kill };
}

/** What the go command of an engine needs of this machine's environment, and nothing that changes what it does. */
const goCommand = { PATH: process.env.PATH, GOENV: 'off', GOTOOLCHAIN: 'local' };

/** goproxy's own server, with its cache in this folder, which has the layout of GOPROXY. */
export async function startGoproxy(scratch: string, folder: string): Promise<Target> {
  const own = mkdtempSync(join(scratch, 'goproxy-'));
  const { http: port } = await freePorts();
  const words = ['server', '--address', `127.0.0.1:${port}`, '--cacher-dir', folder, '--temp-dir', own];
  const env = { ...goCommand, HOME: homedir(), GOPROXY: 'off', GOSUMDB: 'off' };
  const url = `http://127.0.0.1:${port}`;
  const { pid } = await startServer(program('goproxy'), words, { url, env, log: join(own, 'log') });
  return { name: 'goproxy', url, pids: [pid] };
}
