import { createServer as createTlsServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { ApiServer } from '../../testbed/apiserver.ts';

/** Headers of one connection only (RFC 9110, 7.6.1). */
const HOP = new Set(['connection', 'transfer-encoding']);

/** What becomes of a request before it goes on. Undefined: nothing. */
export type Fate = { readonly delayMs: number } | { readonly status: number } | 'hang' | undefined;

/** The network between one operator and the API server. */
export interface Link {
  /** `https://127.0.0.1:PORT`, with the certificate of the API server. */
  readonly url: string;
  /** From now on decides about each write, when it is there. */
  onWrite: (method: string, path: string) => Fate;
  /** Nothing more arrives, in neither direction, and connections stay: until `join`, which delivers what was held, also of a peer that has gone. */
  part(): void;
  join(): void;
  close(): Promise<void>;
}

/**
 * Makes one. The operator talks to a relay of bytes, which can hold them as a network does, and that to a TLS server with the API server's
 * own certificate, which knows one request from another. What was delayed is delivered, even if its sender has gone.
 */
export async function startLink(server: ApiServer): Promise<Link> {
  const file = (name: string) => readFileSync(join(dirname(server.kubeconfigPath), name));
  const pool = new Pool(server.url, {
    connect: { ca: file('ca.crt') },
    connections: 256,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let parted = false;
  const held = new Set<net.Socket>();
  const open = new Set<net.Socket>();

  const gate = createTlsServer({ cert: file('apiserver.crt'), key: file('apiserver.key') }, (request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const fate = method === 'GET' ? undefined : link.onWrite(method, url);
    if (fate === 'hang') return;
    if (fate && 'status' in fate) {
      const reason = fate.status === 409 ? 'Conflict' : 'InternalError';
      response.writeHead(fate.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: fate.status, reason }));
      return;
    }
    if (fate) await delay(fate.delayMs);
    const gone = new AbortController();
    response.on('close', () => {
      if (!fate) gone.abort();
    });
    const passed = Object.entries(headers).filter(([name]) => !HOP.has(name));
    const answer = await pool.request({
      method,
      path: url,
      headers: Object.fromEntries(passed),
      body: chunks.length > 0 ? Buffer.concat(chunks) : null,
      signal: gone.signal,
    });
    if (!response.destroyed) response.writeHead(answer.statusCode, answer.headers);
    response.flushHeaders();
    for await (const chunk of answer.body) if (!response.destroyed) response.write(chunk);
    response.end();
  }

  const relay = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) => {
    const far = net.connect({
      port: (gate.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('data', (chunk: Buffer) => to.write(chunk));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        held.delete(from);
      });
      if (parted) hold(from);
      else from.resume();
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');

  function hold(socket: net.Socket): void {
    socket.pause();
    held.add(socket);
  }

  const link: Link = {
    url: `https://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    onWrite: () => undefined,
    part: () => {
      parted = true;
      for (const socket of open) hold(socket);
    },
    join: () => {
      parted = false;
      for (const socket of held) socket.resume();
      held.clear();
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      relay.close();
      gate.close();
      gate.closeAllConnections();
      await pool.destroy();
    },
  };
  return link;
}
