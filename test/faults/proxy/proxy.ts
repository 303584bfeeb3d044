import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dispatcher } from 'undici';
import type { Client } from '../../../src/kube/client.ts';
import { createDialer } from '../../../src/kube/dial.ts';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import { makeServerCertificate, writeKubeconfig } from './access.ts';
import { createArmory } from './arming.ts';
import type { Fault, FaultProxy, Match } from './contract.ts';
import type { Answer, Exchange, Strike } from './faults.ts';
import { playAfter, playBefore } from './faults.ts';
import { createJournal } from './journal.ts';
import type { Entry } from './journal.ts';
import { matches, subjectOf } from './key.ts';
import { createLeadership } from './leadership.ts';
import { collectionOf, createSnapshots } from './snapshots.ts';
import type { List } from './snapshots.ts';
import { answerWith } from './status.ts';
import { createSupervisor } from './supervisor.ts';
import { createWatches } from './watch.ts';
import { createSky } from './weather.ts';
import type { Sky } from './weather.ts';
import { watchWorld } from './world.ts';

export type * from './contract.ts';

/** What is behind the proxy. */
export interface FaultProxyOptions {
  /** Which API server, and with whose credentials operators reach it. */
  readonly kubeconfigPath: string;
  /** Past the proxy, as an administrator: for what the invariants look up. */
  readonly admin: Client;
}

const HOST = '127.0.0.1';
/** An operator of all namespaces holds 14 watches. */
const CONNECTIONS = 512;
/** So long an operator has to read the answer after which it is killed. */
const READING_MS = 15;
/** Headers of one connection only (RFC 9110, 7.6.1), and the credentials, which are the proxy's. */
const OWN_HEADERS = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'host',
  'content-length',
  'authorization',
]);

const listOf = ({ body }: Answer): List => JSON.parse(body.toString()) as List;

/** Starts a proxy on a free port of the loopback. */
export async function startProxy({ kubeconfigPath, admin }: FaultProxyOptions): Promise<FaultProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'goproxycache-faults-'));
  const { ca, cert, key } = makeServerCertificate(folder);
  const dialer = createDialer(() => loadKubeConfig({ file: kubeconfigPath }), {
    connections: CONNECTIONS,
    refreshMs: 10_000,
  });
  const world = await watchWorld(admin);
  const journal = createJournal();
  const leadership = createLeadership();
  const supervisor = createSupervisor({ admin, world, leadership, journal });
  const snapshots = createSnapshots();
  const armory = createArmory<Match, Fault>();
  const watches = createWatches(
    (event) => {
      journal.told(event);
      if (event.kind === 'GoProxyCache') world.told(event);
    },
    ({ collection }, type, object) => snapshots.changed(collection, type, object),
  );
  const sockets = new Map<number, Socket>();
  const parted = new Set<string>();
  /** Operators that have been given their last answer. */
  const dying = new Map<string, () => void>();
  const open = new Map<ServerResponse, string>();
  let kill: ((instance: string) => void) | undefined;
  let sky: Sky | undefined;

  const isParted = (instance: string) => parted.has('') || parted.has(instance);
  const breakOff = ({ socket }: ServerResponse) => {
    // TLS has no reset: the TCP socket below has.
    sockets.get(socket?.remotePort ?? 0)?.resetAndDestroy();
  };

  const server = createServer(
    { cert, key, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
    (request, response) => {
      handle(request, response).catch(() => {
        // The API server cannot be reached: neither can the proxy then.
        if (!response.writableEnded) breakOff(response);
      });
    },
  );
  server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    socket.setNoDelay(true);
    sockets.set(port, socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(port));
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, instance = '', path = '/'] = /^\/([^/]+)(\/.*)$/.exec(request.url ?? '') ?? [];
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    dying.get(instance)?.();
    open.set(response, instance);
    response.on('close', () => open.delete(response));
    const exchange: Exchange = {
      response,
      kill: () => {
        dying.delete(instance);
        if (!kill) throw new Error('nobody said how to kill an operator: call onKill');
        kill(instance);
      },
      breakOff: () => breakOff(response),
    };
    if (isParted(instance)) {
      exchange.breakOff();
      return;
    }
    const text = Buffer.concat(chunks).toString();
    const { method = 'GET', headers } = request;
    const body = text === '' ? undefined : (JSON.parse(text) as unknown);
    const entry = journal.enter(subjectOf(method, path, headers['content-type'], body), instance, path, text, body);
    const ask = (signal?: AbortSignal) => forward(request, path, text, signal);
    if (entry.key.operation === 'WATCH') await watch(entry, exchange, ask);
    else await call(entry, exchange, ask);
  }

  async function forward(request: IncomingMessage, path: string, text: string, signal: AbortSignal | undefined) {
    const dial = await dialer.current();
    const passed = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.has(name));
    return dial.dispatcher.request({
      origin: dial.origin,
      path: dial.prefix + path,
      method: request.method as Dispatcher.HttpMethod,
      headers: { ...Object.fromEntries(passed), ...dial.headers },
      body: text === '' ? null : text,
      ...(signal && { signal }),
    });
  }

  const strikeOf = ({ key, instance }: Entry): Strike | undefined =>
    armory.waiting().find(({ match }) => matches(match, { ...key, instance })) ?? sky?.strikeOf(key);

  async function call(entry: Entry, exchange: Exchange, ask: () => Promise<Dispatcher.ResponseData>): Promise<void> {
    const { response } = exchange;
    const strike = strikeOf(entry);
    const verdict = entry.isWrite ? supervisor.asked(entry) : undefined;
    const facts = verdict instanceof Promise ? await verdict : verdict;
    if (strike && (await playBefore(strike, exchange))) return;
    if (isParted(entry.instance)) {
      exchange.breakOff();
      return;
    }
    const { statusCode: status, headers, body } = await ask();
    let answer: Answer = { status, headers, body: Buffer.from(await body.arrayBuffer()) };
    entry.status = status;
    if (facts) supervisor.done(entry, facts, answer);
    if (entry.key.operation === 'LIST' && status === 200) answer = listed(entry, strike, answer);
    if (strike && playAfter(strike, exchange, answer)) return;
    if (response.destroyed || isParted(entry.instance)) {
      exchange.breakOff();
      return;
    }
    deliver(answer, response);
    tell(entry, answer);
    if (strike?.fault.do === 'kill') killAfterReading(strike, exchange, entry.instance);
  }

  /** Called when it is on its way: of a list that was cut off an operator was told nothing. */
  function tell({ key, instance }: Entry, answer: Answer): void {
    if (key.operation === 'LIST' && key.kind === 'GoProxyCache' && answer.status === 200)
      world.listed(instance, listOf(answer).items ?? []);
  }

  /** The operator dies when it has read the answer: before anything else of it gets through. */
  function killAfterReading(strike: Strike, { response, kill }: Exchange, instance: string): void {
    const end = () => {
      if (dying.get(instance) !== end) return;
      kill();
      strike.strike();
    };
    dying.set(instance, end);
    response.on('close', () => setTimeout(end, READING_MS));
    strike.onDisarm(() => {
      if (dying.get(instance) === end) dying.delete(instance);
    });
  }

  /** Remembers what a LIST says, or replaces it by what one said before. */
  function listed({ path }: Entry, strike: Strike | undefined, answer: Answer): Answer {
    const collection = collectionOf(path);
    const old = strike?.fault.do === 'old-list' ? snapshots.at(strike.fault.mark, collection) : undefined;
    snapshots.listed(collection, !path.includes('continue='), (old as List | undefined) ?? listOf(answer));
    if (!old) return answer;
    strike?.strike();
    return { ...answer, body: Buffer.from(JSON.stringify(old)) };
  }

  function deliver({ status, headers, body }: Answer, response: ServerResponse): void {
    const passed = Object.entries(headers).filter(([name, value]) => value !== undefined && !OWN_HEADERS.has(name));
    response.writeHead(status, { ...Object.fromEntries(passed), 'content-length': body.length }).end(body);
  }

  async function watch(
    entry: Entry,
    exchange: Exchange,
    ask: (signal: AbortSignal) => Promise<Dispatcher.ResponseData>,
  ): Promise<void> {
    const { response } = exchange;
    const { key, instance, path } = entry;
    const one = { kind: key.kind, instance, collection: collectionOf(path), response, breakOff: exchange.breakOff };
    const refusal = watches.refusal(one);
    if (refusal !== undefined) {
      answerWith(response, refusal);
      return;
    }
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const strike = strikeOf(entry);
    if (strike && (await playBefore(strike, exchange))) return;
    const { statusCode: status, headers, body } = await ask(gone.signal);
    entry.status = status;
    if (status !== 200) {
      deliver({ status, headers, body: Buffer.from(await body.arrayBuffer()) }, response);
      return;
    }
    response.writeHead(status, { 'content-type': String(headers['content-type']) });
    response.flushHeaders();
    await watches.pass(one, body);
  }

  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const origin = `https://${HOST}:${String((server.address() as AddressInfo).port)}`;

  return {
    kubeconfig: (instance) => {
      leadership.starts(instance);
      return writeKubeconfig(folder, instance, `${origin}/${instance}`, ca);
    },
    arm: (match, fault) => armory.add(match, fault).armed,
    armWatch: watches.arm,
    weather: (pick) => {
      sky?.weather.end();
      sky = createSky(pick);
      return sky.weather;
    },
    seen: journal.seen,
    events: journal.events,
    violations: journal.violations,
    mark: snapshots.mark,
    forget: (namespace) => {
      journal.forget(namespace);
      watches.forget(namespace);
    },
    part: (instance = '') => {
      parted.add(instance);
      for (const [response, of] of open) if (isParted(of)) breakOff(response);
    },
    join: (instance) => {
      if (instance === undefined) parted.clear();
      else parted.delete(instance);
    },
    onKill: (how) => {
      kill = how;
    },
    close: async () => {
      await world.stop();
      for (const socket of sockets.values()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await dialer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
