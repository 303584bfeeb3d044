import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, Match } from './contract.ts';
import type { Waiting } from './arming.ts';
import { answerWith } from './status.ts';

/** A fault that meets its request. */
export type Strike = Waiting<Match, Fault>;

/** A request that waits for its answer. */
export interface Exchange {
  readonly response: ServerResponse;
  /** SIGKILL to the operator that sent it. */
  readonly kill: () => void;
  /** Breaks its connection with a TCP reset. */
  readonly breakOff: () => void;
}

/** An answer of the API server, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Plays what happens before the API server is asked. True: it is not asked at all. */
export async function playBefore({ fault, strike, onDisarm }: Strike, exchange: Exchange): Promise<boolean> {
  switch (fault.do) {
    case 'kill':
      if (fault.when !== 'before') return false;
      exchange.kill();
      exchange.breakOff();
      break;
    case 'answer':
      answerWith(exchange.response, fault.status, fault.retryAfterSeconds);
      break;
    case 'reset':
      if (fault.when !== 'before') return false;
      exchange.breakOff();
      break;
    case 'hang':
      onDisarm(exchange.breakOff);
      break;
    case 'delay':
      strike();
      await delay(fault.ms);
      return false;
    case 'truncate':
    case 'old-list':
      return false;
  }
  strike();
  return true;
}

/** Plays what happens to the answer. True: the operator does not get it whole. */
export function playAfter({ fault, strike }: Strike, exchange: Exchange, answer: Answer): boolean {
  switch (fault.do) {
    case 'kill':
      if (fault.when !== 'committed') return false;
      exchange.kill();
      exchange.breakOff();
      break;
    case 'reset':
      exchange.breakOff();
      break;
    case 'truncate':
      truncate(exchange, answer);
      break;
    case 'answer':
    case 'hang':
    case 'delay':
    case 'old-list':
      return false;
  }
  strike();
  return true;
}

/** Half of the body under the length of the whole, and then the connection breaks. */
function truncate({ response, breakOff }: Exchange, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.write(body.subarray(0, Math.floor(body.length / 2)), breakOff);
}
