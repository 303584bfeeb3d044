import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import type { Address } from './address.ts';
import { formatAddress, parseAddress } from './address.ts';

/**
 * A TCP relay that puts a server far away: half the round-trip time each way, one more round trip when a connection is made,
 * and a limit of the link's speed. It stands in for `tc netem`, which many kernels lack, and needs no rights. It knows
 * nothing of packet loss or of TCP's slow start.
 */
export interface RelayOptions {
  listen: Address;
  target: Address;
  rttMs: number;
  /** Speed of the whole link for each direction, shared by all connections. Left out: unlimited. */
  megabitsPerSecond?: number;
}

export interface Relay {
  address: Address;
  /** Cuts all connections and frees the port. */
  close: () => Promise<void>;
}

/** Bytes that may be under way in one direction of a connection before its sender has to wait. */
const WINDOW = 4 << 20;

/** One direction of a link. */
export interface Link {
  /** When bytes that are sent at `now` arrive. Never earlier than what was sent before. All times in milliseconds. */
  arrival(now: number, bytes: number): number;
}

/** A link that delivers after `delayMs` what it takes up at `bytesPerMs` at most. */
export function createLink(delayMs: number, bytesPerMs = Infinity): Link {
  let freeAt = 0;
  return {
    arrival(now, bytes) {
      freeAt = Math.max(now, freeAt) + bytes / bytesPerMs;
      return freeAt + delayMs;
    },
  };
}

/** Starts a relay. Rejects when the address cannot be listened on. */
export async function startRelay({ listen, target, rttMs, megabitsPerSecond }: RelayOptions): Promise<Relay> {
  const bytesPerMs = megabitsPerSecond === undefined ? Infinity : megabitsPerSecond * 125;
  const links = { up: createLink(rttMs / 2, bytesPerMs), down: createLink(rttMs / 2, bytesPerMs) };
  const sockets = new Set<net.Socket>();
  const keep = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };

  const server = net.createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    keep(client);
    client.on('error', () => client.destroy());
    const opening = setTimeout(() => {
      const far = net.connect({ ...target, noDelay: true, allowHalfOpen: true });
      keep(far);
      join(client, far);
      carry(client, far, links.up);
      carry(far, client, links.down);
      client.resume();
    }, rttMs);
    client.once('close', () => clearTimeout(opening));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...listen, backlog: 1024 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: listen.host, port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A connection that breaks on one side breaks on the other. */
function join(a: net.Socket, b: net.Socket): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', (failed) => {
      if (failed) other.destroy();
    });
  }
}

/** Carries what `from` sends to `to`, in order, each chunk when the link delivers it. */
function carry(from: net.Socket, to: net.Socket, link: Link): void {
  const underway: { at: number; chunk: Buffer | undefined }[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const deliver = (): void => {
    timer = undefined;
    const now = performance.now();
    for (let next = underway[0]; next !== undefined && next.at <= now + 0.5; next = underway[0]) {
      underway.shift();
      bytes -= next.chunk?.length ?? 0;
      if (to.destroyed) continue;
      if (next.chunk === undefined) to.end();
      else to.write(next.chunk);
    }
    if (bytes < WINDOW / 2 && from.isPaused()) from.resume();
    plan();
  };
  const plan = (): void => {
    const next = underway[0];
    if (next !== undefined) timer ??= setTimeout(deliver, Math.max(1, next.at - performance.now()));
  };
  const send = (chunk: Buffer | undefined): void => {
    underway.push({ at: link.arrival(performance.now(), chunk?.length ?? 0), chunk });
    bytes += chunk?.length ?? 0;
    if (bytes > WINDOW) from.pause();
    plan();
  };
  from.on('data', send);
  from.on('end', () => send(undefined));
}

/** `node relay.ts --listen HOST:PORT --target HOST:PORT --rtt MS [--mbit N]` */
if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      listen: { type: 'string', default: '127.0.0.1:0' },
      target: { type: 'string' },
      rtt: { type: 'string', default: '80' },
      mbit: { type: 'string' },
    },
  });
  if (values.target === undefined) throw new Error('--target HOST:PORT is missing');
  const relay = await startRelay({
    listen: parseAddress(values.listen),
    target: parseAddress(values.target),
    rttMs: Number(values.rtt),
    ...(values.mbit !== undefined && { megabitsPerSecond: Number(values.mbit) }),
  });
  console.log(`relay: ${formatAddress(relay.address)} is ${values.target}, ${values.rtt} ms away`);
}
