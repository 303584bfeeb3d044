import { createHash } from 'node:crypto';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher, buildConnector } from 'undici';

/** What of client-node's `KubeConfig` is used. */
export interface KubeAccess extends Pick<KubeConfig, 'getCurrentCluster' | 'createDispatcherOptions'> {
  applyToHTTPSOptions: (options: RequestOptions) => Promise<void>;
}

/** How to reach the API server right now. */
export interface Dial {
  readonly dispatcher: Dispatcher;
  /** `https://host:port`. */
  readonly origin: string;
  readonly host: string;
  /** A path some gateways put before the API, without a slash at the end. */
  readonly prefix: string;
  /** Authorization and impersonation. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Keeps one pool of connections, and the credentials for it fresh. */
export interface Dialer {
  /** Reads token and TLS files again when the last look is older than `refreshMs`. */
  current(): Promise<Dial>;
  /** Makes the next `current` load the whole kubeconfig again: a 401 or a broken connection may mean new credentials. */
  suspect(): void;
  close(): Promise<void>;
}

/** Sockets are kept for less than the 90 s after which a kube-apiserver closes an idle one, to not write into a closing one. */
const KEEP_ALIVE_MS = 30_000;

/** Makes a {@link Dialer}. Throws when the kubeconfig cannot be loaded at all. */
export function createDialer(load: () => KubeAccess, options: { connections: number; refreshMs: number }): Dialer {
  let kubeconfig = load();
  let suspected = false;
  let dial: Dial | undefined;
  let fingerprint = '';
  let checkedAt = -Infinity;
  let pending: Promise<Dial> | undefined;

  function reload(): void {
    suspected = false;
    try {
      kubeconfig = load();
    } catch (error) {
      // Half-written during a rotation: the old one may still do, and its refusal will be reported.
      if (!dial) throw error;
    }
  }

  async function refresh(): Promise<Dial> {
    if (suspected) reload();
    const cluster = kubeconfig.getCurrentCluster();
    if (!cluster) throw new Error('the kubeconfig has no current cluster');
    const { headers, auth, tls } = await credentials(kubeconfig);
    const print = hash([
      cluster.server,
      cluster.proxyUrl,
      tls.ca,
      tls.cert,
      tls.key,
      tls.servername,
      tls.rejectUnauthorized,
    ]);
    let dispatcher = dial?.dispatcher;
    if (!dispatcher || print !== fingerprint) {
      // Requests and watches on the old pool end in peace.
      dispatcher?.close().catch(() => undefined);
      dispatcher = createDispatcher(kubeconfig, tls, options.connections);
      fingerprint = print;
    }
    const url = new URL(cluster.server);
    const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
    dial = {
      dispatcher,
      origin: url.origin,
      host: url.host,
      prefix: url.pathname.replace(/\/+$/, ''),
      headers: { ...headers, ...basic },
    };
    checkedAt = performance.now();
    return dial;
  }

  return {
    current: async () => {
      if (dial && !suspected && performance.now() - checkedAt <= options.refreshMs) return dial;
      pending ??= refresh().finally(() => {
        pending = undefined;
      });
      return pending;
    },
    suspect: () => {
      suspected = true;
    },
    close: async () => {
      await dial?.dispatcher.close();
    },
  };
}

/** Lets client-node find token, exec plugin, OIDC, certificates; they come back as options for node:https. */
async function credentials(kubeconfig: KubeAccess) {
  const options: RequestOptions = {};
  await kubeconfig.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const given = Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername });
  const tls = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as AgentOptions;
  return { headers, auth: options.auth ?? undefined, tls };
}

/** The same options; only the two packages' declarations differ in how they treat `undefined`. */
type Connect = buildConnector.BuildOptions;

function createDispatcher(kubeconfig: KubeAccess, tls: AgentOptions, connections: number): Dispatcher {
  const how = kubeconfig.createDispatcherOptions(kubeconfig.getCurrentCluster(), tls);
  // Deadlines are ours (undici's are per phase), and one HTTP/2 connection is slower than a few HTTP/1.1 ones.
  const common = {
    allowH2: false,
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
  };
  switch (how.type) {
    case 'none':
      return new Agent(common);
    case 'agent':
      return new Agent({ ...common, connect: how.connect as Connect });
    case 'proxy':
      return new ProxyAgent({
        ...common,
        uri: how.uri,
        requestTls: how.requestTls as Connect,
        connect: how.connect as Connect,
      });
    case 'socks':
      throw new Error('a SOCKS proxy-url in the kubeconfig is not supported; use an HTTP proxy');
  }
}

function hash(values: readonly unknown[]): string {
  const digest = createHash('sha256');
  for (const value of values) {
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value));
    // The length keeps two values from flowing into each other.
    digest.update(`${String(bytes.length)}:`).update(bytes);
  }
  return digest.digest('hex');
}
