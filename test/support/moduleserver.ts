import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from './address.ts';

/**
 * A Go module proxy over a folder in the layout of GOPROXY (go.dev/ref/mod#goproxy-protocol; GOMODCACHE/cache/download is
 * one): the upstream of tests and of the demo. It can be slow and broken on demand, and it remembers what it was asked.
 * Needs nothing but Node, so that it runs from a ConfigMap too.
 */
export interface ModuleServerOptions {
  folder: string;
  listen: Address;
  /** Another module proxy, asked for what the folder lacks. Files of versions are kept in the folder. */
  through?: string;
}

/** What the server should do wrong, for every path that the pattern matches. */
export interface Fault {
  /** A regular expression. Left out: every path. */
  path?: string;
  /** status: answers with `status`. hang: takes the request and never answers. reset: breaks the connection. */
  kind: 'status' | 'hang' | 'reset';
  /** Default 503. */
  status?: number;
}

export interface Behaviour {
  /** Wait before each answer. */
  delayMs: number;
  faults: Fault[];
}

/** A request that was answered; status 0 for one that a fault swallowed. */
export interface ServedRequest {
  at: string;
  path: string;
  status: number;
}

export interface ModuleServer {
  address: Address;
  close: () => Promise<void>;
}

/** Paths of the server's own, for tests in another process: what it was asked, and how it should behave. */
export const CONTROL = { requests: '/-/requests', behaviour: '/-/behaviour' } as const;

const CONTENT_TYPES: Record<string, string> = {
  info: 'application/json',
  mod: 'text/plain; charset=utf-8',
  zip: 'application/zip',
};
const PSEUDO_VERSION = /-(?:0\.|.*\.)?\d{14}-[0-9a-f]{12}$/;

/** Starts the server. Rejects when the address cannot be listened on. */
export async function startModuleServer(options: ModuleServerOptions): Promise<ModuleServer> {
  let behaviour: Behaviour = { delayMs: 0, faults: [] };
  let requests: ServedRequest[] = [];

  const control = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    if (path === CONTROL.behaviour && request.method === 'PUT') {
      behaviour = { ...behaviour, ...((await readJson(request)) as Partial<Behaviour>) };
      return json(response, behaviour);
    }
    if (path === CONTROL.requests && request.method === 'DELETE') requests = [];
    else if (path !== CONTROL.requests) return end(response, 404);
    return json(response, requests);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = decodePath(request.url ?? '/');
    if (path?.startsWith('/-/')) return control(request, response, path);
    const entry = { at: new Date().toISOString(), path: path ?? '?', status: 0 };
    requests.push(entry);
    response.once('finish', () => (entry.status = response.statusCode));
    if (path === undefined) return end(response, 400);
    if (behaviour.delayMs > 0) await sleep(behaviour.delayMs);
    const fault = behaviour.faults.find((candidate) => new RegExp(candidate.path ?? '').test(path));
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
    if (fault !== undefined) return end(response, fault.status ?? 503);
    await serve(options, path, response);
  };

  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else end(response, 500, String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...options.listen, backlog: 1024 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: options.listen.host, port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve({ folder, through }: ModuleServerOptions, path: string, response: ServerResponse): Promise<void> {
  const kind = /\/@v\/[^/]+\.(?<kind>info|mod|zip)$/.exec(path)?.groups?.kind;
  if (kind !== undefined) {
    const file = join(folder, path);
    const status = (await exists(file)) || through === undefined ? 200 : await keep(through + encodeURI(path), file);
    if (status !== 200) return end(response, status);
    return sendFile(file, CONTENT_TYPES[kind] ?? '', response);
  }
  if (!/\/@(?:v\/list|latest)$/.test(path)) return end(response, 404);
  const answer = through === undefined ? undefined : await fetch(through + encodeURI(path)).catch(() => undefined);
  if (answer?.ok) return end(response, 200, await answer.text());
  if (path.endsWith('/@latest')) return end(response, 404);
  const versions = await listVersions(dirname(join(folder, path)));
  return versions === undefined
    ? end(response, 404)
    : end(response, 200, versions.map((version) => `${version}\n`).join(''));
}

/** Fetches a file of a version into the folder; the status of the answer. Two at once do no harm. */
async function keep(url: string, file: string): Promise<number> {
  const answer = await fetch(url);
  if (!answer.ok) return answer.status;
  const content = Buffer.from(await answer.arrayBuffer());
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${crypto.randomUUID()}`;
  await writeFile(temporary, content);
  await rename(temporary, file);
  return 200;
}

/** The released versions that the folder has, as @v/list answers them: without pseudo-versions. */
async function listVersions(folder: string): Promise<string[] | undefined> {
  const files = await readdir(folder).catch(() => undefined);
  return files?.flatMap((file) => {
    const version = /^(?<version>v.+)\.info$/.exec(file)?.groups?.version;
    return version === undefined || PSEUDO_VERSION.test(version) ? [] : [version];
  });
}

async function sendFile(file: string, type: string, response: ServerResponse): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return end(response, 404);
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': found.size });
  await pipeline(createReadStream(file), response);
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** The path of a request, decoded; undefined when it could leave the folder. */
function decodePath(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split('?', 1)[0] ?? '');
    return path.startsWith('/') && normalize(path) === path && !path.includes('\0') ? path : undefined;
  } catch {
    return undefined;
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('Content-Type', 'application/json');
  end(response, 200, JSON.stringify(value));
}

function end(response: ServerResponse, status: number, text = status === 200 ? '' : `${status}\n`): void {
  response.statusCode = status;
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}
