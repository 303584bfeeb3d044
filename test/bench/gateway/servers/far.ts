import { join } from 'node:path';
import { freePorts } from '../../../gateway-real/support/nginx.ts';
import { CHECKOUT } from '../../../support/environment.ts';
import { startServer } from './process.ts';

/** Speed of the link to what is far away. */
export const MEGABITS = 200;

/** A server of this machine as one that is far away, behind a relay of a process of its own; its URL. */
export async function farAway(scratch: string, port: number, rttMs: number): Promise<string> {
  const { http } = await freePorts();
  const [listen, url] = [`127.0.0.1:${http}`, `http://127.0.0.1:${http}`];
  const words = [`--listen=${listen}`, `--target=127.0.0.1:${port}`, `--rtt=${rttMs}`, `--mbit=${MEGABITS}`];
  const relay = join(CHECKOUT, 'test/support/relay.ts');
  await startServer(process.execPath, [relay, ...words], { url, env: process.env, log: join(scratch, 'relay.log') });
  return url;
}
