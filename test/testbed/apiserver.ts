/**
 * A real API server for one test suite: etcd and kube-apiserver on free loopback ports, in a temporary folder, as child
 * processes. No kubelet: pods are stored, not run. Several may run side by side. Needs `test/testbed/build.sh apiserver`.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { testbedFolder } from './folder.ts';

/** A running API server. */
export interface ApiServer {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** A kubeconfig of a member of system:masters. */
  readonly kubeconfigPath: string;
  /** One JSON line for each write that was answered (audit-policy.yaml), and for reads if asked for. */
  readonly auditLogPath: string;
  /** Stops the API server without ending it: connections stay open and nothing is answered. `resume` lets it go on. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends the API server with SIGKILL; resolves when it is gone. etcd stays, with all that it was told. */
  readonly kill: () => Promise<void>;
  /** Starts one in the place of one that was killed, on the same port. */
  readonly startAgain: () => void;
  /** Resolves when `/readyz` says so; rejects after a minute, or when a process has ended. */
  readonly ready: () => Promise<void>;
  /** Starts another program of the testbed beside it, as administrator (its flags name the kubeconfig); it ends with it. */
  readonly run: (program: string, flags: readonly string[]) => void;
  /** Ends the processes and removes the folder. */
  readonly stop: () => Promise<void>;
}

/** What to start beside etcd and the API server. */
export interface ApiServerOptions {
  /** Also start the controller manager: garbage collection, namespaces, service accounts. Off unless asked for. */
  readonly controllers?: boolean;
  /** More flags for the controller manager. */
  readonly controllerFlags?: readonly string[];
  /** Also have reads in the audit log (audit-policy-reads.yaml). Off unless asked for. */
  readonly auditReads?: boolean;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const folderPrefix = 'goproxycache-apiserver-';
const startTimeoutMs = 60_000;

/** Starts one and waits until it is ready, some seconds. Throws with the end of the log when a process ends early. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${String(process.pid)}-`));
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [etcdPort, peerPort, apiPort] = await freePorts(3);
    const url = `https://127.0.0.1:${String(apiPort)}`;
    const etcdUrl = `http://127.0.0.1:${String(etcdPort)}`;
    makeCertificates(folder, url);
    children.push(start(folder, 'etcd', etcdFlags(folder, etcdUrl, `http://127.0.0.1:${String(peerPort)}`)));
    const startServer = () => start(folder, 'kube-apiserver', apiServerFlags(folder, etcdUrl, url, options));
    let apiServer = startServer();
    children.push(apiServer);
    await untilReady(folder, url, children);
    if (options.controllers === true) {
      children.push(
        start(folder, 'kube-controller-manager', [...controllerFlags(folder), ...(options.controllerFlags ?? [])]),
      );
      await untilControllersWork(folder, children);
    }
    return {
      url,
      kubeconfigPath: join(folder, 'admin.kubeconfig'),
      auditLogPath: join(folder, 'audit.log'),
      pause: () => apiServer.signal('SIGSTOP'),
      resume: () => apiServer.signal('SIGCONT'),
      kill: () => apiServer.stop(),
      startAgain: () => {
        const old = children.indexOf(apiServer);
        apiServer = startServer();
        children[old] = apiServer;
      },
      ready: () => untilServed(folder, url, '/readyz', children),
      run: (program, flags) => {
        children.push(start(folder, program, flags));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function etcdFlags(folder: string, url: string, peerUrl: string): string[] {
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
  ];
}

function apiServerFlags(folder: string, etcdUrl: string, url: string, options: ApiServerOptions): string[] {
  const policy = options.auditReads === true ? 'audit-policy-reads.yaml' : 'audit-policy.yaml';
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${new URL(url).port}`,
    // No pod will ever use the `kubernetes` Service, and a loopback address cannot stand behind it.
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    `--tls-cert-file=${join(folder, 'apiserver.crt')}`,
    `--tls-private-key-file=${join(folder, 'apiserver.key')}`,
    `--client-ca-file=${join(folder, 'ca.crt')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${join(folder, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'service-account.key')}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    `--audit-policy-file=${join(here, policy)}`,
    `--audit-log-path=${join(folder, 'audit.log')}`,
  ];
}

function controllerFlags(folder: string): string[] {
  return [
    `--kubeconfig=${join(folder, 'admin.kubeconfig')}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--use-service-account-credentials=false',
    `--service-account-private-key-file=${join(folder, 'service-account.key')}`,
    `--root-ca-file=${join(folder, 'ca.crt')}`,
    `--flex-volume-plugin-dir=${join(folder, 'volume-plugins')}`,
  ];
}

/** The same functions that make the certificates of the testbed's cluster. */
function makeCertificates(folder: string, url: string): void {
  const script = `set -euo pipefail
    . "$1/certificates.sh"
    certificate_authority "$2"
    service_account_key "$2"
    certificate "$2" apiserver /CN=kube-apiserver DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1
    certificate "$2" admin /O=system:masters/CN=admin
    kubeconfig "$2/admin.kubeconfig" "$3" "$2" admin`;
  execFileSync('bash', ['-c', script, 'certificates', here, folder, url], { stdio: ['ignore', 'ignore', 'inherit'] });
}

interface Child {
  readonly program: string;
  readonly hasEnded: () => boolean;
  readonly signal: (name: 'SIGSTOP' | 'SIGCONT') => void;
  readonly stop: () => Promise<void>;
}

/** setpriv: the kernel ends the child when this process dies, even by SIGKILL. */
function start(folder: string, program: string, flags: readonly string[]): Child {
  const path = join(testbedFolder, 'bin', program);
  if (!existsSync(path)) throw new Error(`${path} is missing: run test/testbed/build.sh apiserver`);
  const log = openSync(logFile(folder, program), 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', path, ...flags], { stdio: ['ignore', log, log] });
  closeSync(log);
  let error: Error | undefined;
  child.on('error', (failure) => (error = failure));
  const hasEnded = (): boolean => error !== undefined || child.exitCode !== null || child.signalCode !== null;
  const signal = (name: NodeJS.Signals): void => {
    child.kill(name);
  };
  return { program, hasEnded, signal, stop: () => stopChild(child, hasEnded) };
}

/** Nothing in the folder is kept, so nothing has to end in order. */
async function stopChild(child: ChildProcess, hasEnded: () => boolean): Promise<void> {
  if (hasEnded()) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Ready is not enough for a test that writes at once: the namespace `default` comes a moment later. */
async function untilReady(folder: string, url: string, children: readonly Child[]): Promise<void> {
  for (const path of ['/readyz', '/api/v1/namespaces/default']) await untilServed(folder, url, path, children);
}

async function untilServed(folder: string, url: string, path: string, children: readonly Child[]): Promise<void> {
  const file = (name: string): string => join(folder, name);
  const curl = ['-fsS', '--cacert', file('ca.crt'), '--cert', file('admin.crt'), '--key', file('admin.key')];
  await until(folder, children, url + path, () => succeeds('curl', [...curl, url + path]));
}

/** The default service account is made by a controller, after its informers have synced. */
async function untilControllersWork(folder: string, children: readonly Child[]): Promise<void> {
  const kubectl = join(testbedFolder, 'bin/kubectl');
  const get = ['--kubeconfig', join(folder, 'admin.kubeconfig'), 'get', 'serviceaccount', 'default'];
  await until(folder, children, 'the service account controller', () => succeeds(kubectl, get));
}

async function until(
  folder: string,
  children: readonly Child[],
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  while (!(await holds())) {
    const ended = children.find((child) => child.hasEnded());
    const late = performance.now() > deadline;
    if (ended !== undefined || late) {
      const program = ended?.program ?? 'kube-apiserver';
      const reason = late ? `not ready after ${String(startTimeoutMs / 1000)} s` : `${program} ended`;
      const log = readFileSync(logFile(folder, program), 'utf8').trim().split('\n').slice(-8).join('\n');
      throw new Error(`waiting for ${what}: ${reason}. The end of its log:\n${log}`);
    }
    await delay(50);
  }
}

function logFile(folder: string, program: string): string {
  return join(folder, `${program}.log`);
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore' });
    child.once('error', () => {
      resolve(false);
    });
    child.once('exit', (code) => {
      resolve(code === 0);
    });
  });
}

/** Ports nobody listens on, all different. Another process may take one before we do; the start then fails. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            resolve((server.address() as AddressInfo).port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Folders of processes that were killed before they could stop their API server. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(folderPrefix) ? name.slice(folderPrefix.length).split('-')[0] : undefined;
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
