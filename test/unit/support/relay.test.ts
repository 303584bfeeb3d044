import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createLink, startRelay } from '../../support/relay.ts';

describe('a link', () => {
  test('delivers after its delay', () => {
    expect(createLink(40).arrival(1000, 500)).toBe(1040);
  });

  test('takes as long as its speed says', () => {
    expect(createLink(40, 10).arrival(1000, 500)).toBe(1090);
  });

  test('makes bytes wait for those sent before', () => {
    const link = createLink(40, 10);
    link.arrival(1000, 500);
    expect(link.arrival(1000, 100)).toBe(1100);
  });

  test('is free again after a pause', () => {
    const link = createLink(40, 10);
    link.arrival(1000, 500);
    expect(link.arrival(2000, 100)).toBe(2050);
  });

  test.each([{ bytesPerMs: Infinity }, { bytesPerMs: 7 }])(
    'never lets bytes overtake others at $bytesPerMs bytes/ms',
    ({ bytesPerMs }) => {
      const link = createLink(3, bytesPerMs);
      const arrivals = [0, 0, 1, 1, 5, 6].map((now, index) => link.arrival(now, (index * 37) % 50));
      expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
    },
  );
});

describe('a relay', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** A server that answers as it is told, behind a relay; gives a connection to the relay. */
  async function connection(handle: (socket: net.Socket) => void): Promise<net.Socket> {
    const server = net.createServer({ allowHalfOpen: true }, handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    const relay = await startRelay({ listen: { host: '127.0.0.1', port: 0 }, target, rttMs: 4 });
    closing.push(relay.close, () => new Promise((resolve) => server.close(() => resolve())));
    return net.connect({ ...relay.address, allowHalfOpen: true });
  }

  test('carries 12 MB there and back without changing a byte', async () => {
    const sent = randomBytes(12 << 20);
    const client = await connection((socket) => socket.pipe(socket));
    const received = createHash('sha256');
    const done = new Promise<void>((resolve, reject) => {
      client.on('data', (chunk) => received.update(chunk));
      client.once('end', resolve);
      client.once('error', reject);
    });
    client.end(sent);
    await done;
    expect(received.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
  });

  test('lets a client that has said everything still hear the answer', async () => {
    const client = await connection((socket) => {
      void text(socket).then((heard) => socket.end(`heard ${heard}`));
    });
    client.end('a question');
    expect(await text(client)).toBe('heard a question');
  });

  test('passes on that the server broke the connection', async () => {
    const client = await connection((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    client.write('hello');
    const broken = new Promise<boolean>((resolve) => {
      client.once('error', () => resolve(true));
      client.once('end', () => resolve(true));
      client.once('close', () => resolve(true));
    });
    client.resume();
    expect(await broken).toBe(true);
    client.destroy();
  });

  test('closes the connection of a client when the server cannot be reached', async () => {
    const relay = await startRelay({
      listen: { host: '127.0.0.1', port: 0 },
      target: { host: '127.0.0.1', port: 1 },
      rttMs: 2,
    });
    closing.push(relay.close);
    const client = net.connect(relay.address);
    const closed = new Promise<boolean>((resolve) => client.once('close', () => resolve(true)));
    client.on('error', () => undefined);
    client.resume();
    expect(await closed).toBe(true);
  });
});
