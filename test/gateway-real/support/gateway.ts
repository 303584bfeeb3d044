import { once } from 'node:events';
import { mkdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayFiles } from '../../../src/gateway/files.ts';
import type { GatewayFiles } from '../../../src/gateway/files.ts';
import type { GatewayModel } from '../../../src/gateway/model.ts';
import { parseGatewayStatus } from '../../../src/gateway/status.ts';
import type { GatewayStatus } from '../../../src/gateway/status.ts';
import { eventually } from '../../support/eventually.ts';
import { endOnce } from './cleanup.ts';
import { ask } from './client.ts';
import type { Answered, Asked } from './client.ts';
import { localised } from './envoy.ts';
import { freePorts, makePodFolder, nginxBinary, start } from './nginx.ts';
import type { PodFolder } from './nginx.ts';

/** A gateway pod without Kubernetes: the real entrypoint.sh, a mounted config that can be swapped, the real nginx. */
export interface Gateway {
  readonly folder: PodFolder;
  readonly ports: { http: number; https: number; status: number };
  /** The files for a model, with the ports of this gateway. */
  files(model: GatewayModel): GatewayFiles;
  /** Swaps the mounted config as the kubelet does. */
  mount(files: GatewayFiles): void;
  /** Starts the container: at first, or again in the same pod. */
  start(env?: NodeJS.ProcessEnv): void;
  ask(path: string, asked?: Asked): Promise<Answered>;
  status(): Promise<GatewayStatus>;
  /** Waits for a status that this is true of. */
  statusWhen(what: string, holds: (status: GatewayStatus) => boolean): Promise<GatewayStatus>;
  /** Waits until this generation is served and none is rejected. */
  serves(files: GatewayFiles): Promise<GatewayStatus>;
  log(): string;
  /** Waits until the script has said this. */
  says(what: string): Promise<true>;
  /** The process of the container: the script, whose children are nginx and all else. */
  pid(): number;
  /** The master process of nginx. */
  nginxPid(): number;
  /** The other processes of nginx. */
  workers(): number[];
  signal(signal: NodeJS.Signals): void;
  /** Waits for the end of the container; its exit code. */
  ended(): Promise<number | null>;
  /** Ends whatever still runs. */
  readonly stop: () => Promise<void>;
}

const script = join(import.meta.dirname, '../../../src/gateway/pod/entrypoint.sh');

/** GATEWAY_SHELL can name another one, such as `busybox sh`. */
const defaultShell = (process.env['GATEWAY_SHELL'] ?? '/bin/sh').split(' ');

/** Puts a certificate where the Secret is mounted; its mount changes like that of the config. */
export function mountCertificate(folder: PodFolder, { cert, key }: { cert: string; key: string }): void {
  mount(folder.tls, { 'tls.crt': cert, 'tls.key': key });
}

/** Puts the JWKS of issuers where their Secrets are mounted. */
export function mountKeys(folder: PodFolder, sets: Record<string, string>): void {
  mount(folder.jwks, Object.fromEntries(Object.entries(sets).map(([name, text]) => [`${name}.json`, text])));
}

/** Makes a pod with a mounted config, and starts nothing yet. `shell` runs the script. */
export async function makeGateway(shell = defaultShell): Promise<Gateway> {
  const folder = makePodFolder();
  const ports = await freePorts();
  const mounted = join(folder.root, 'config');
  mkdirSync(mounted);
  const entrypoint = join(folder.root, 'entrypoint.sh');
  writeFileSync(entrypoint, readFileSync(script));
  const [program = '', ...args] = [...shell, entrypoint];
  let child: ReturnType<typeof start> | undefined;

  const gateway: Gateway = {
    folder,
    ports,
    files: (model) => {
      const { http, https } = model.ports;
      const files = gatewayFiles({
        ...model,
        ports: {
          ...(http !== undefined && { http: ports.http }),
          ...(https !== undefined && { https: ports.https }),
          status: ports.status,
        },
      });
      const envoy = Object.entries(files).filter(([name]) => name.startsWith('envoy'));
      return {
        ...files,
        ...Object.fromEntries(envoy.map(([name, text]) => [name, localised(folder, String(text))])),
        'nginx.conf': folder.localise(files['nginx.conf']),
      };
    },
    mount: (files) => {
      mount(mounted, files);
    },
    start: (env = {}) => {
      const folders = {
        GATEWAY_CONFIG: mounted,
        GATEWAY_RUN: folder.run,
        GATEWAY_CACHE: folder.cache,
        GATEWAY_TLS: folder.tls,
        GATEWAY_JWKS: folder.jwks,
        GATEWAY_AUTH: folder.auth,
        GATEWAY_NGINX: nginxBinary,
      };
      child = start(program, args, folder, { ...folders, ...env });
    },
    ask: (path, asked) => ask(ports.http, path, asked),
    status: async () => parseGatewayStatus((await ask(ports.status, '/-/status')).body),
    statusWhen: (what, holds) =>
      eventually(
        what,
        20,
        async () => {
          const status = await gateway.status();
          return holds(status) ? { value: status } : { missing: JSON.stringify(status) };
        },
        50,
      ),
    serves: (files) => {
      const wanted = files.generation.trim();
      return gateway.statusWhen(
        `generation ${wanted}`,
        ({ generation, rejected }) => generation === wanted && rejected === '',
      );
    },
    log: () => readFileSync(folder.log, 'utf8'),
    says: (what) =>
      eventually(`"${what}" in the log`, 20, () => {
        const lines = gateway.log().split('\n');
        const said = lines.some((text) => text.startsWith('gateway: ') && text.includes(what));
        return said ? { value: true as const } : { missing: gateway.log() };
      }),
    pid: () => child?.pid ?? 0,
    nginxPid: () => Number(readFileSync(join(folder.run, 'nginx.pid'), 'utf8')),
    workers: () => {
      const pid = gateway.nginxPid();
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    },
    signal: (signal) => child?.kill(signal),
    ended: async () => {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child?.exitCode ?? null;
    },
    stop: endOnce(async () => {
      gateway.signal('SIGTERM');
      endNow(folder);
      await gateway.ended();
      folder.remove();
    }),
  };
  return gateway;
}

/** A test that failed may have left a request that nginx would wait for. */
function endNow(folder: PodFolder): void {
  try {
    process.kill(Number(readFileSync(join(folder.run, 'nginx.pid'), 'utf8')), 'SIGTERM');
  } catch {
    // It has ended, or was never started.
  }
}

let swaps = 0;

/** A folder for the new content, and a link to it that is replaced in one step. */
function mount(folder: string, files: object): void {
  const next = `..${++swaps}`;
  mkdirSync(join(folder, next));
  for (const [name, content] of Object.entries<string>({ ...files })) {
    writeFileSync(join(folder, next, name), content);
    if (!exists(join(folder, name))) symlinkSync(join('..data', name), join(folder, name));
  }
  symlinkSync(next, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

function exists(link: string): boolean {
  try {
    readlinkSync(link);
    return true;
  } catch {
    return false;
  }
}
