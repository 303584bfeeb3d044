import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { splitLines } from '../../../src/kube/lines.ts';
import { createArmory } from './arming.ts';
import type { Waiting } from './arming.ts';
import type { Armed, EventMatch, WatchFault } from './contract.ts';
import { createCounter, matches, stableName } from './key.ts';
import { statusBody } from './status.ts';

export interface WatchMatch {
  readonly kind: string;
  readonly instance?: string;
}

/** An event as operators were told it. */
export type Told = EventMatch & {
  readonly kind: string;
  readonly type: string;
  readonly instance: string;
  readonly object: KubeObject;
};

/** One watch of one operator. */
export interface WatchedBy {
  readonly kind: string;
  readonly instance: string;
  /** What it watches (`collectionOf`). */
  readonly collection: string;
  readonly response: ServerResponse;
  readonly breakOff: () => void;
}

type Strike = Waiting<WatchMatch, WatchFault>;

/** An open watch. */
interface Session extends WatchedBy {
  /** Passes nothing on any more. */
  isMute: boolean;
  /** What waits to go out, while it is held. */
  held: (() => void)[] | undefined;
  /** The API server has ended it while it was held. */
  hasEnded: boolean;
}

/** All watches that pass, and what is done to them. */
export interface Watches {
  readonly arm: (match: WatchMatch, fault: WatchFault) => Armed;
  /** The status with which a WATCH that begins is refused, if a fault says so. */
  refusal(watch: Pick<WatchedBy, 'kind' | 'instance'>): number | undefined;
  /** Passes the lines of the API server on until one side ends. */
  pass(watch: WatchedBy, body: AsyncIterable<Uint8Array>): Promise<void>;
  forget(namespace: string): void;
}

const MAX_LINE_BYTES = 32 * 1024 * 1024;
const EVENTS = ['ADDED', 'MODIFIED', 'DELETED'];

/** `onTold` is called for each event that goes out; `onEvent` for each line that comes in, bookmarks included. */
export function createWatches(
  onTold: (told: Told) => void,
  onEvent: (watch: WatchedBy, type: string, object: KubeObject) => void,
): Watches {
  const armory = createArmory<WatchMatch, WatchFault>();
  const sessions = new Set<Session>();
  const counter = createCounter();
  /** Events that passed since a fault that waits for one was armed. */
  const passed = new WeakMap<Strike, number>();

  const waitingFor = (watch: { kind: string; instance: string }): Strike[] =>
    armory.waiting().filter(({ match }) => matches(match, { kind: watch.kind, instance: watch.instance }));

  /** Does it when what was sent before has gone out, and never when that has been given up. */
  function inTurn(session: Session, act: () => void): void {
    if (session.isMute) return;
    if (session.held) session.held.push(act);
    else act();
  }

  const send = (session: Session, text: string): void => inTurn(session, () => session.response.write(text));

  function end(session: Session): void {
    session.isMute = true;
    session.response.end();
  }

  function hold(session: Session, ms: number): void {
    session.held ??= [];
    setTimeout(() => {
      const held = session.held ?? [];
      session.held = undefined;
      for (const act of held) inTurn(session, act);
      if (session.hasEnded) end(session);
    }, ms).unref();
  }

  const errorLine = (code: number): string => `${JSON.stringify({ type: 'ERROR', object: statusBody(code) })}\n`;

  /** Plays a fault that waits for no event. False for one that does. */
  function playNow(session: Session, { fault, strike, onDisarm }: Strike): boolean {
    switch (fault.do) {
      case 'half-open':
        session.isMute = true;
        onDisarm(session.breakOff);
        break;
      case 'close':
        end(session);
        break;
      case 'reset':
        session.isMute = true;
        session.breakOff();
        break;
      case 'hold':
        hold(session, fault.ms);
        break;
      case 'gone':
        if (fault.as === 'answer') return false;
        send(session, errorLine(410));
        end(session);
        break;
      case 'error-event':
        send(session, errorLine(fault.status));
        end(session);
        break;
      case 'refuse':
      case 'cut-line':
      case 'garbage':
      case 'drop':
      case 'duplicate':
        return false;
    }
    strike();
    return true;
  }

  /** Passes an event on, or what the first fault that waits for it makes of it. Whether the operator is told. */
  function passEvent(session: Session, line: string, event: EventMatch): boolean {
    for (const strike of waitingFor(session)) {
      const { fault } = strike;
      if (fault.do === 'drop' || fault.do === 'duplicate') {
        if (!matches(fault.event, event)) continue;
        strike.strike();
        if (fault.do === 'duplicate') send(session, `${line}\n${line}\n`);
        return fault.do === 'duplicate';
      }
      if (fault.do !== 'cut-line' && fault.do !== 'garbage') continue;
      const count = (passed.get(strike) ?? 0) + 1;
      passed.set(strike, count);
      if (count < fault.event) continue;
      strike.strike();
      if (fault.do === 'garbage') send(session, '}not json{\n');
      else {
        send(session, line.slice(0, line.length / 2));
        end(session);
      }
      return false;
    }
    send(session, `${line}\n`);
    return true;
  }

  function take(session: Session, line: string): void {
    if (session.isMute) return;
    const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
    if (type === 'BOOKMARK' || EVENTS.includes(type)) onEvent(session, type, object);
    if (!EVENTS.includes(type)) {
      send(session, `${line}\n`);
      return;
    }
    const { kind, instance } = session;
    const { namespace = '', name: itsName } = object.metadata;
    const name = stableName(kind, itsName);
    const occurrence = counter.count(namespace, `${instance} ${kind} ${name}`);
    const event = { namespace, name, occurrence };
    if (passEvent(session, line, event)) inTurn(session, () => onTold({ ...event, kind, type, instance, object }));
  }

  return {
    arm: (match, fault) => {
      const strike = armory.add(match, fault);
      const open = [...sessions].find((each) => !each.isMute && matches(match, each));
      if (open) playNow(open, strike);
      return strike.armed;
    },

    refusal: (watch) => {
      const strike = waitingFor(watch).find(
        ({ fault }) => fault.do === 'refuse' || (fault.do === 'gone' && fault.as === 'answer'),
      );
      strike?.strike();
      if (!strike) return undefined;
      return strike.fault.do === 'refuse' ? strike.fault.status : 410;
    },

    pass: async (watch, body) => {
      const session: Session = { ...watch, isMute: false, held: undefined, hasEnded: false };
      sessions.add(session);
      // One at a time: a second fault waits for the watch that comes after.
      waitingFor(session).some((strike) => playNow(session, strike));
      try {
        for await (const line of splitLines(body, MAX_LINE_BYTES)) take(session, line);
        session.hasEnded = true;
        if (!session.held && !session.isMute) end(session);
      } catch {
        if (!session.isMute) session.breakOff();
      } finally {
        sessions.delete(session);
      }
    },

    forget: counter.forget,
  };
}
