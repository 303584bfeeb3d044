import { get as getPlain } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { get as getSecure } from 'node:https';
import type { Target } from './wrk.ts';

const TIMEOUT_MS = 60_000;

export interface Got {
  readonly status: number;
  readonly bytes: number;
  readonly headers: IncomingHttpHeaders;
}

/** One request on a connection of its own. Whoever signed the certificate is believed: it is our own. */
export function get(target: Pick<Target, 'url' | 'headers'>, path: string): Promise<Got> {
  const url = target.url + path;
  const options = {
    headers: { ...target.headers },
    agent: false as const,
    rejectUnauthorized: false,
    timeout: TIMEOUT_MS,
  };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? getSecure : getPlain)(url, options, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, bytes, headers: response.headers });
      });
    });
    request.on('error', reject).on('timeout', () => request.destroy(new Error(`no answer from ${url}`)));
  });
}
