import { cacheControl } from '../protocol.ts';
import type { Freshness } from '../protocol.ts';
import { block, line } from './syntax.ts';
import type { Node, Nodes } from './syntax.ts';

/** What the servers behind EDGE have in common. They are one hop away on a miss, and not involved in a hit. */
export function behindEdge(socket: string): Nodes {
  return [line`listen unix:${socket}`, line`access_log off`, line`keepalive_requests 1000000`];
}

/** Connections from EDGE that stay open. */
export function behindEdgeGroup(name: string, socket: string): Node {
  return block`upstream ${name}`(line`server unix:${socket}`, line`keepalive 64`);
}

/** The headers of an answer by which its sender could decide what the gateway keeps or sends: these decisions are ours. */
export function ownDecisions(): Nodes {
  return [
    ['Cache-Control', 'Expires', 'Pragma', 'Set-Cookie', 'Vary'].map((header) => line`proxy_hide_header ${header}`),
    line`proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset`,
  ];
}

/** EDGE writes an answer to disk. Once is enough. */
export function passThrough(): Nodes {
  return [line`proxy_max_temp_file_size 0`, line`proxy_connect_timeout 5s`, line`proxy_next_upstream_timeout 20s`];
}

/** A variable with the Cache-Control of a good answer: 200, or the 304 that renews one. `add_header` alone would bless redirects. */
export function freshnessMap(variable: string, freshness: Freshness): Node {
  const value = cacheControl(freshness);
  return block`map $status $${variable}`(line`200 ${value}`, line`304 ${value}`);
}
