import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import { createServer as createPlainServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { endOnce } from './cleanup.ts';

/** What the engine says to one request. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** The connection ends after the body, whatever the headers promised. */
  cut?: true;
}

type Script = Answer | ((request: IncomingMessage) => Answer | Promise<Answer>);

/** An engine of a test: answers as told, and remembers what it was asked. */
export interface Engine {
  readonly port: number;
  /** All requests so far. */
  readonly requests: readonly IncomingMessage[];
  /** Says what a path is answered with; without it, a path is answered 404. */
  answer(path: string, script: Script): void;
  /** How often a path was asked for. */
  asked(path: string): number;
  /** No longer listens, and cuts its connections. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  restart(): Promise<void>;
}

/** Starts an engine on a free port of loopback: with TLS, when it is given a certificate. */
export async function startEngine(tls?: ServerOptions): Promise<Engine> {
  const scripts = new Map<string, Script>();
  const requests: IncomingMessage[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(request);
    const script = scripts.get(request.url ?? '') ?? { status: 404, body: 'not found\n' };
    const {
      status = 200,
      headers = {},
      body = '',
      cut,
    } = typeof script === 'function' ? await script(request) : script;
    response.writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body), ...headers });
    if (cut) response.write(body, () => request.socket.destroy());
    else response.end(body);
  };
  const server = await listen((request, response) => void serve(request, response), tls);
  return {
    port: server.port,
    requests,
    answer: (path, script) => void scripts.set(path, script),
    asked: (path) => requests.filter(({ url }) => url === path).length,
    stop: server.stop,
    restart: server.restart,
  };
}

async function listen(listener: RequestListener, tls?: ServerOptions) {
  const server =
    tls === undefined ? createServer({ keepAliveTimeout: 60_000 }, listener) : createSecureServer(tls, listener);
  const start = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        resolve();
      });
    });
  await start(0);
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  endOnce(stop);
  return { port, stop, restart: () => start(port) };
}

/** A server that accepts connections and says nothing. Gives its port. */
export async function startSilence(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createPlainServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endOnce(async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  });
  return (server.address() as AddressInfo).port;
}
