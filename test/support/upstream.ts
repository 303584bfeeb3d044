import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Address } from './address.ts';
import { formatAddress, parseAddress } from './address.ts';
import { startModuleServer } from './moduleserver.ts';
import { startRelay } from './relay.ts';

/** An upstream that is far away: a module server behind a relay. */
export interface UpstreamOptions {
  folder: string;
  listen: Address;
  /** Round-trip time to it. 0: no relay. */
  rttMs: number;
  through?: string;
}

export interface RunningUpstream {
  address: Address;
  close: () => Promise<void>;
}

/** Starts a module server and, with a round-trip time, the relay in front of it. */
export async function startUpstream({ folder, listen, rttMs, through }: UpstreamOptions): Promise<RunningUpstream> {
  const source = { folder, ...(through !== undefined && { through }) };
  if (rttMs === 0) return startModuleServer({ ...source, listen });
  const server = await startModuleServer({ ...source, listen: { host: '127.0.0.1', port: 0 } });
  const relay = await startRelay({ listen, target: server.address, rttMs });
  return {
    address: relay.address,
    close: async () => {
      await relay.close();
      await server.close();
    },
  };
}

/** `node upstream.ts [--listen HOST:PORT] [--rtt MS] [--folder PATH] [--through URL]`: runs until it is stopped. */
if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      listen: { type: 'string', default: '127.0.0.1:0' },
      rtt: { type: 'string', default: '0' },
      folder: { type: 'string', default: join(homedir(), '.cache/goproxycache-upstream') },
      through: { type: 'string' },
    },
  });
  const { address } = await startUpstream({
    folder: values.folder,
    listen: parseAddress(values.listen),
    rttMs: Number(values.rtt),
    ...(values.through !== undefined && { through: values.through.replace(/\/+$/, '') }),
  });
  console.log(`upstream: http://${formatAddress(address)} serves ${values.folder}, ${values.rtt} ms away`);
}
