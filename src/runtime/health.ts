import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the health server asks. */
export interface HealthOptions {
  port: number;
  /** Default: all addresses. */
  host?: string | undefined;
  /** Why the process is not ready, one sentence each; none means it is. */
  unready: () => readonly string[];
  /** Prometheus text. */
  metrics: () => Promise<string>;
}

/** A running health server. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  text: string;
  type?: string;
}

/** Serves /healthz (the event loop turns), /readyz and /metrics over plain HTTP. Rejects when the port is taken. */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(request, options).then(
      (result) => {
        reply(response, result);
      },
      () => {
        reply(response, { status: 500, text: 'internal error\n' });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, options: HealthOptions): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, text: 'only GET\n' };
  const path = request.url?.split('?', 1)[0] ?? '';
  switch (path) {
    case '/healthz':
      return { status: 200, text: 'ok\n' };
    case '/readyz': {
      const reasons = options.unready();
      return reasons.length === 0 ? { status: 200, text: 'ok\n' } : { status: 503, text: `${reasons.join('\n')}\n` };
    }
    case '/metrics':
      return { status: 200, text: await options.metrics(), type: 'text/plain; version=0.0.4; charset=utf-8' };
    default:
      return { status: 404, text: 'not found\n' };
  }
}

function reply(response: ServerResponse, { status, text, type = 'text/plain; charset=utf-8' }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(text);
}
