import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOnce } from '../../gateway-real/support/cleanup.ts';
import { ask } from '../../gateway-real/support/client.ts';
import { freePorts } from '../../gateway-real/support/nginx.ts';
import { eventually } from '../../support/eventually.ts';
import { testbedFolder } from '../../testbed/folder.ts';
import { athensEnvironment } from '../../support/athens.ts';

export interface Athens {
  readonly port: number;
  /** The folder of its storage. */
  readonly storage: string;
}

/** The real Athens, with the settings that the operator gives it, and these go.mod files in its storage: by module, of v1.0.0. */
export async function startAthens(modules: Record<string, string>, upstream: string): Promise<Athens> {
  const folder = mkdtempSync(join(tmpdir(), 'athens-'));
  const [storage, home, log] = [join(folder, 'storage'), join(folder, 'tmp'), join(folder, 'log')];
  for (const place of [storage, home]) mkdirSync(place);
  for (const [module, text] of Object.entries(modules)) {
    const version = join(storage, module, 'v1.0.0');
    mkdirSync(version, { recursive: true });
    writeFileSync(join(version, 'go.mod'), text);
    writeFileSync(join(version, 'source.zip'), `zip of ${module}`);
    writeFileSync(join(version, 'v1.0.0.info'), '{"Version":"v1.0.0","Time":"2026-01-01T00:00:00Z"}');
  }
  const { http: port } = await freePorts();
  const settings = athensEnvironment(upstream, { storage, home, port });
  const env = { PATH: process.env['PATH'], GOENV: 'off', GOTOOLCHAIN: 'local', ...settings };
  const output = openSync(log, 'w');
  const child = spawn(join(testbedFolder, 'bin/athens-proxy'), [], {
    env,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  endOnce(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  await eventually('Athens is ready', 30, async () => {
    if (child.exitCode !== null) throw new Error(`Athens ended: ${readFileSync(log, 'utf8')}`);
    const { status } = await ask(port, '/readyz').catch(() => ({ status: 0 }));
    return status === 200 ? { value: true } : { missing: `status ${status}` };
  });
  return { port, storage };
}

/** A wire to an engine that remembers what was asked over it. */
export interface Tap {
  readonly port: number;
  /** First lines of requests, as they came over the wire, in order. */
  asked(): string[];
}

/** Starts a tap in front of a port of loopback. */
export async function startTap(port: number): Promise<Tap> {
  const sockets = new Set<Socket>();
  const lines: string[] = [];
  const server = createServer((client) => {
    let rest = '';
    const engine = connect(port, '127.0.0.1');
    for (const socket of [client, engine]) {
      sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    }
    client.on('data', (chunk) => {
      const whole = (rest + chunk.toString('latin1')).split('\n');
      rest = whole.pop() ?? '';
      // nginx sends no body, so a line of this form is the first of a request.
      lines.push(...whole.filter((line) => / HTTP\/1\.[01]\r?$/.test(line)));
    });
    client.pipe(engine).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endOnce(async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  });
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => [...lines],
  };
}
