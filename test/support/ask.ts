import http from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  status: number;
  /** X-GoProxyCache-Environment: which environment answered. */
  environment: string | undefined;
  /** X-GoProxyCache-Variant: which engine of an environment that has a canary. */
  variant: string | undefined;
  /** X-Cache: HIT, MISS, ... */
  cache: string | undefined;
  body: string;
}

/** One request as curl makes it: the path goes out as it is, and any header can be set, Host too. */
export async function ask(baseUrl: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(baseUrl);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.get({ hostname, port, path, headers, agent: false, timeout: 60_000 }, resolve);
    request.once('timeout', () => request.destroy(new Error(`no answer from ${baseUrl}${path} within a minute`)));
    request.once('error', reject);
  });
  return {
    status: response.statusCode ?? 0,
    environment: response.headers['x-goproxycache-environment']?.toString(),
    variant: response.headers['x-goproxycache-variant']?.toString(),
    cache: response.headers['x-cache']?.toString(),
    body: await text(response),
  };
}
