import type { GatewayTimeouts } from '../model.ts';
import { absentSeconds, environmentAnswerHeader, variantAnswerHeader } from '../protocol.ts';
import { line, why } from './syntax.ts';
import type { Nodes, Word } from './syntax.ts';

/** How long to wait for what is behind, and for another client's fetch. */
type Waits = Pick<GatewayTimeouts, 'edge' | 'lock'>;

/** Coalescing and lifetimes. What may be stale is said by the Cache-Control from behind alone, which only a 200 has. */
export function cache(timeouts: Waits): Nodes {
  return [
    why(
      'proxy_cache_use_stale stays off: it would also give out old 404s. A 404 is kept for the crowd that waits behind',
      'the lock, which would otherwise ask one after the other.',
    ),
    line`proxy_cache_valid 404 410 ${absentSeconds}s`,
    line`proxy_cache_lock on`,
    waits(timeouts),
    line`proxy_cache_revalidate on`,
  ];
}

/** How long a miss may take. */
export function waits({ edge, lock }: Waits): Nodes {
  return [
    line`proxy_cache_lock_timeout ${lock}s`,
    line`proxy_cache_lock_age ${lock}s`,
    line`proxy_read_timeout ${edge}s`,
  ];
}

/** What a server behind is told of a request. */
export function toldBehind(environment: Word, variant?: Word): Nodes {
  return [
    why('An answer is shared by all clients, so nothing of the client that happens to be first goes behind the cache.'),
    line`proxy_pass_request_headers off`,
    line`proxy_pass_request_body off`,
    line`proxy_set_header Connection ${''}`,
    line`proxy_set_header ${environmentAnswerHeader} ${environment}`,
    variant === undefined ? [] : line`proxy_set_header ${variantAnswerHeader} ${variant}`,
    line`proxy_set_header X-Request-Id $request_id`,
    why('Who takes too long is not replaced by another who would take as long.'),
    line`proxy_next_upstream error`,
  ];
}

/** Headers that the servers behind may send, and EDGE says itself. */
export function ownHeaders(): Nodes {
  return [environmentAnswerHeader, 'X-Cache', variantAnswerHeader].map((header) => line`proxy_hide_header ${header}`);
}
