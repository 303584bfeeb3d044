import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { endOnce } from './cleanup.ts';

/** A DNS server on loopback that knows one address for every name: 127.0.0.1. */
export async function startDNS(): Promise<{ port: number }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { address, port }) => {
    socket.send(answer(query), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  endOnce(async () => {
    await once(socket.close(), 'close');
  });
  return { port: socket.address().port };
}

/** The question again, and one A record that points to its name (RFC 1035, section 4). */
function answer(query: Buffer): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(1, 6);
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat([head, question, record]);
}
