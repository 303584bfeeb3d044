import { on } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';

/** A module with as many versions as anybody asks for: each is new to a cache, and has to come through all of it. */
export const COLD_MODULE = 'example.com/cold';

/** Where a version's `.info` is: asking for it makes an engine fetch the whole version. */
export const coldPath = (number: number): string => `/${COLD_MODULE}/@v/v1.0.${number}.info`;

/** A version that is not there, which takes 20 seconds to say: as long as an engine that fetches it does not end. */
export const slowPath = (number: number): string => `/example.com/slow/@v/v1.0.${number}.info`;
const SLOW = /^\/example\.com\/slow\//;
const SLOW_MS = 20_000;

export interface ColdModules {
  url: string;
  /** Resolves when somebody asks for this path. */
  asked: (path: string) => Promise<void>;
  close: () => Promise<void>;
}

/** Serves every version v1.0.N of the module by the protocol of GOPROXY, and 404 for all else. */
export async function serveColdModules(host: string): Promise<ColdModules> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const { url = '/' } = request;
    const content = answer(url);
    response.statusCode = content === undefined ? 404 : 200;
    setTimeout(() => response.end(content ?? 'not found\n'), SLOW.test(url) ? SLOW_MS : 0);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: 0 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    asked: async (path) => {
      for await (const [request] of on(server, 'request')) if ((request as http.IncomingMessage).url === path) return;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const FILE = new RegExp(`^/${COLD_MODULE}/@v/(?<version>v1\\.0\\.\\d+)\\.(?<kind>info|mod|zip)$`);

function answer(path: string): Buffer | undefined {
  const { version, kind } = FILE.exec(path)?.groups ?? {};
  if (version === undefined) return undefined;
  const mod = Buffer.from(`module ${COLD_MODULE}\n`);
  if (kind === 'info') return Buffer.from(JSON.stringify({ Version: version, Time: '2026-01-01T00:00:00Z' }));
  return kind === 'mod' ? mod : zipOf(`${COLD_MODULE}@${version}/go.mod`, mod);
}

/** A zip of one file that is stored as it is (APPNOTE.TXT of PKWARE, 4.3). */
export function zipOf(name: string, content: Buffer): Buffer {
  const nameBytes = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0); // version needed
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(nameBytes.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, content]);
  // Version made by, the common part, and from the length of a comment to the offset of the local part: zeros.
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, Buffer.alloc(14), nameBytes]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
}
