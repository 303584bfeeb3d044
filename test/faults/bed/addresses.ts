/** Addresses for the pods of a lane, out of 127.0.0.0/8: Linux takes all of it for this machine. */
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { PORTS } from '../../../src/desired/names.ts';

export interface Addresses {
  /** For `kwok --cidr`. */
  readonly cidr: string;
  readonly close: () => Promise<void>;
}

/** Pods of a lane at most. */
const COUNT = 1022;

/**
 * Takes a network that no other lane of this machine has, and answers on the gateway's status port of all its addresses. Who can listen on its
 * first address has it: lanes of several processes run side by side.
 */
export async function takeAddresses(answer: (address: string, response: ServerResponse) => void): Promise<Addresses> {
  const listen = (address: string) =>
    new Promise<Server | undefined>((resolve, reject) => {
      const server = createServer((_, response) => answer(address, response));
      server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(undefined);
        else reject(error);
      });
      server.listen(PORTS.gatewayStatus, address, () => resolve(server));
    });
  for (let network = 1; network < 255; network++) {
    const first = await listen(`127.${network}.0.1`);
    if (!first) continue;
    const rest = Array.from({ length: COUNT - 1 }, (_, index) => index + 2);
    const servers = await Promise.all(rest.map((host) => listen(`127.${network}.${host >> 8}.${host & 255}`)));
    const all = [first, ...servers.filter((server) => server !== undefined)];
    return {
      cidr: `127.${network}.0.1/22`,
      close: async () => {
        await Promise.all(
          all.map((server) => {
            const closed = new Promise((resolve) => server.close(resolve));
            server.closeAllConnections();
            return closed;
          }),
        );
      },
    };
  }
  throw new Error(`every network from 127.1 to 127.254 has a listener on port ${PORTS.gatewayStatus}`);
}
