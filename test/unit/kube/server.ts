import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeAccess } from '../../../src/kube/dial.ts';

/** A request as a scripted server saw it. */
export interface Seen {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage['headers'];
  body: unknown;
}

/** One answer of a scripted server. */
export type Step = (response: ServerResponse, seen: Seen) => void;

/** An HTTP server that answers each request with the next step of its script, and with silence after the last. */
export interface ScriptedServer {
  readonly url: string;
  readonly seen: Seen[];
  /** TCP connections so far. */
  readonly connections: number;
  /** Appends to the script. */
  readonly next: (...steps: Step[]) => void;
  readonly close: () => Promise<void>;
}

/** Starts a scripted server on a free port of the loopback. */
export async function startServer(...script: Step[]): Promise<ScriptedServer> {
  const steps = [...script];
  const seen: Seen[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const text = Buffer.concat(chunks).toString();
      const one = {
        method: request.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      seen.push(one);
      steps.shift()?.(response, one);
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    get connections() {
      return connections;
    },
    next: (...more) => {
      steps.push(...more);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** A kubeconfig for a plain HTTP server. */
export function accessTo(url: string, token?: string): KubeAccess {
  return {
    getCurrentCluster: () => ({ name: 'test', server: url, skipTLSVerify: true }),
    applyToHTTPSOptions: (options) => {
      if (token !== undefined) options.headers = { Authorization: `Bearer ${token}` };
      return Promise.resolve();
    },
    createDispatcherOptions: () => ({ type: 'none' }),
  };
}

/** Answers with JSON. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Step {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** Answers with a Kubernetes Status. */
export function refuse(status: number, reason: string, headers: Record<string, string> = {}): Step {
  return answer(status, { kind: 'Status', code: status, reason, message: `no: ${reason}` }, headers);
}

/** For `jest.useFakeTimers`: what depends on `setTimeout` stands still, and the network goes on. */
export const onlyTimeouts: { doNotFake: ('nextTick' | 'setImmediate' | 'queueMicrotask' | 'performance' | 'Date')[] } =
  {
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'],
  };

/** Never answers. */
export const hang: Step = () => undefined;

/** Cuts the connection instead of an answer. */
export const reset: Step = (response) => {
  response.socket?.resetAndDestroy();
};

/** Resolves once the condition holds. A condition that never holds fails the test and does not go on for ever. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 4000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`never came true: ${condition.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
