import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayModel } from '../../../src/gateway/model.ts';
import { gatewayFiles } from '../../../src/gateway/files.ts';
import type { GatewayFiles } from '../../../src/gateway/files.ts';
import { certificateAuthorities, tlsFolder } from '../../../src/gateway/nginx/paths.ts';
import { eventually } from '../../support/eventually.ts';
import { run } from '../../support/run.ts';
import { makeCertificate } from './certificate.ts';
import { endOnce } from './cleanup.ts';
import { envoyBinary, localFiles, localised } from './envoy.ts';
import { ask, raw } from './client.ts';
import type { Answered, Asked } from './client.ts';

/** The nginx under test: Debian puts it where only root looks. */
export const nginxBinary = process.env['GATEWAY_NGINX'] ?? 'nginx';
/** Where its modules are: an nginx that is not installed has them elsewhere. */
const modulesFolder = process.env['GATEWAY_NGINX_MODULES'] ?? '/usr/lib/nginx/modules';
export const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };

/** As in a pod, nginx does not run as root. Who is not root runs it as oneself. */
export const nobody = process.getuid?.() === 0 ? { uid: 65532, gid: 65532 } : {};

/** The folders of one gateway pod, in a temporary one. */
export interface PodFolder {
  readonly root: string;
  readonly run: string;
  /** Of the gateway's own certificate. */
  readonly tls: string;
  /** Of the keys of token issuers. */
  readonly jwks: string;
  /** Of keys that are in use, and of tokens. */
  readonly auth: string;
  /** Of the cache on disk. */
  readonly cache: string;
  readonly log: string;
  /** The config with the folders of this pod in place of the real ones. */
  localise(config: string): string;
  remove(): void;
}

/** Makes the folders, writable for the user that nginx runs as. */
export function makePodFolder(): PodFolder {
  const root = mkdtempSync(join(tmpdir(), 'gateway-'));
  const [run, cache, tls, log] = [join(root, 'run'), join(root, 'cache'), join(root, 'tls'), join(root, 'log')];
  const [jwks, auth] = [join(root, 'jwks'), join(root, 'auth')];
  mkdirSync(run);
  mkdirSync(auth);
  mkdirSync(tls);
  mkdirSync(jwks);
  mkdirSync(cache);
  closeSync(openSync(log, 'w'));
  for (const path of [root, run, auth, cache, log]) {
    chmodSync(path, 0o755);
    if (nobody.uid !== undefined) chownSync(path, nobody.uid, nobody.gid);
  }
  return {
    root,
    run,
    tls,
    jwks,
    auth,
    cache,
    log,
    localise: (config) =>
      config
        .replaceAll('/run/gateway-auth', auth)
        .replaceAll('/run/gateway', run)
        .replaceAll('/var/cache/gateway', cache)
        .replaceAll('/etc/gateway-tls', tls)
        .replaceAll('/etc/gateway-jwks', jwks)
        .replaceAll('/usr/lib/nginx/modules', modulesFolder),
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A program whose output goes to the log of the pod: nginx opens /dev/stdout again, which a pipe of Node does not allow. */
export function start(
  program: string,
  args: string[],
  folder: PodFolder,
  env: NodeJS.ProcessEnv = {},
  user: { uid?: number; gid?: number } = nobody,
): ChildProcess {
  const log = openSync(folder.log, 'a');
  const child = spawn(program, args, { ...user, env: { ...environment, ...env }, stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

/** Ports of loopback that nobody listens on at this moment. */
export async function freePorts(): Promise<{ http: number; https: number; status: number }> {
  const servers = [createServer(), createServer(), createServer()].map((server) => server.listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return { http: ports[0] ?? 0, status: ports[1] ?? 0, https: ports[2] ?? 0 };
}

export interface RunningNginx {
  readonly folder: PodFolder;
  readonly ports: GatewayModel['ports'];
  /** A file of the config with the folders of this pod. */
  localise(text: string): string;
  ask(path: string, asked?: Asked): Promise<Answered>;
  askStatus(path: string): Promise<Answered>;
  /** Sends bytes and gives all that comes back until nginx closes the connection. */
  raw(text: string): Promise<string>;
  /** What nginx printed so far, with the access log in it. */
  log(): string;
  stop(): Promise<void>;
}

/** What a pod's entrypoint and its image would decide. */
export interface Surroundings {
  /** Content of resolver.conf. */
  resolver?: string;
  /** File with the certificates of trusted authorities. */
  authorities?: string;
  /** Puts into the pod's folders what has to be there before the start. */
  prepare?: (folder: PodFolder) => Promise<void>;
}

/** Starts the real nginx with the printed config of a model, the real Envoy in front of it if the model says so, and waits until they answer. */
export async function startNginx(model: GatewayModel, surroundings: Surroundings = {}): Promise<RunningNginx> {
  const { resolver = '', authorities = certificateAuthorities } = surroundings;
  const folder = makePodFolder();
  const { http, https, status } = await freePorts();
  const ports = { http, ...(model.ports.https !== undefined && { https }), status };
  await surroundings.prepare?.(folder);
  const config = join(folder.root, 'nginx.conf');
  const files = gatewayFiles({ ...model, ports });
  const printed = files['nginx.conf'].replaceAll(certificateAuthorities, authorities);
  writeFileSync(join(folder.run, 'resolver.conf'), resolver);
  writeFileSync(config, folder.localise(printed));
  writeScripts(folder.root, files);
  const child = start(nginxBinary, ['-e', 'stderr', '-c', config], folder);
  const children = [child];
  const log = (): string => readFileSync(folder.log, 'utf8');
  const stop = endOnce(async () => {
    for (const each of children) {
      each.kill('SIGTERM');
      if (each.exitCode === null && each.signalCode === null) await once(each, 'exit');
    }
    folder.remove();
  });
  const answers = await eventually('nginx answers or ends', 10, () => ready(child, ports.status), 20);
  if (!answers) throw new Error(`nginx ended: ${log()}`);
  if (model.type === 'Envoy') {
    const words = ['-c', localFiles(folder, files), '--disable-hot-restart', '--concurrency', '2', '-l', 'warning'];
    // As oneself: the testbed's folder may be closed to others.
    children.unshift(start(envoyBinary, words, folder, {}, {}));
    // It listens when it has its routes.
    await eventually('Envoy listens', 20, () => {
      if (children[0]?.exitCode !== null) throw new Error(`Envoy ended: ${log()}`);
      return connects(http);
    });
  }
  return {
    folder,
    ports,
    localise: (text) => localised(folder, text),
    ask: (path, asked) => ask(ports.http, path, asked),
    askStatus: (path) => ask(ports.status, path),
    raw: (text) => raw(ports.http, text),
    log,
    stop,
  };
}

/** What nginx loads beside its config. */
function writeScripts(folder: string, files: GatewayFiles): void {
  for (const name of ['jwt.js', 'auth.json'] as const) {
    if (files[name] !== undefined) writeFileSync(join(folder, name), files[name]);
  }
}

function connects(port: number): Promise<{ value: true } | { missing: string }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve({ value: true });
    });
    socket.on('error', (error) => {
      resolve({ missing: error.message });
    });
  });
}

async function ready(child: ChildProcess, port: number) {
  if (child.exitCode !== null) return { value: false };
  const { status } = await ask(port, '/healthz');
  return status === 200 ? { value: true } : { missing: `status ${status}` };
}

/** What `nginx -t` says about the config among these files: empty when it is accepted. */
export async function testConfig(files: GatewayFiles): Promise<string> {
  const { 'nginx.conf': config } = files;
  const folder = makePodFolder();
  const file = join(folder.root, 'nginx.conf');
  writeFileSync(join(folder.run, 'resolver.conf'), '');
  if (config.includes(tlsFolder)) {
    const { cert, key } = await makeCertificate(folder.root, 'go.example');
    writeFileSync(join(folder.tls, 'tls.crt'), cert);
    writeFileSync(join(folder.tls, 'tls.key'), key);
  }
  writeFileSync(file, folder.localise(config));
  writeScripts(folder.root, files);
  const child = start(nginxBinary, ['-t', '-q', '-e', 'stderr', '-c', file], folder);
  await once(child, 'exit');
  const said = readFileSync(folder.log, 'utf8');
  folder.remove();
  return child.exitCode === 0 ? '' : said;
}

/** The version of the nginx under test, as numbers that compare: 1.22 is 1022. */
export async function nginxVersion(): Promise<number> {
  const text = await run('sh', ['-c', `"${nginxBinary}" -v 2>&1`], { env: environment });
  const [, major, minor] = /nginx\/(\d+)\.(\d+)/.exec(text) ?? [];
  return Number(major) * 1000 + Number(minor);
}
