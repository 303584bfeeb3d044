import type { Condition } from '../../src/api/status.ts';
import { describeConditions, readCache } from '../support/cache.ts';
import { eventually } from '../support/eventually.ts';

/** Shows conditions as they change: on a terminal in place, elsewhere a line for each change. */
export interface ConditionView {
  show(conditions: readonly Condition[]): void;
}

const SIGNS = { True: '✓', False: '…', Unknown: '?' };
/** Conditions for which True is the bad news. */
const ABNORMAL = ['Reconciling', 'Stalled'];

/** @param seconds time since the start, for the lines */
export function createView(out: NodeJS.WriteStream, seconds: () => number): ConditionView {
  const said = new Map<string, string>();
  let drawn = 0;
  const line = ({ type, status, reason, message }: Condition): string => {
    const sign = ABNORMAL.includes(type) ? (status === 'True' ? '…' : '✓') : SIGNS[status];
    return `${sign} ${type.padEnd(19)}${status.padEnd(8)}${reason.padEnd(14)}${message}`;
  };
  return {
    show(conditions) {
      if (out.isTTY) {
        const width = (out.columns || 120) - 1;
        const lines = conditions.map((condition) => line(condition).slice(0, width));
        if (drawn > 0) out.write(`\x1b[${drawn}A`);
        out.write(lines.map((text) => `\x1b[2K${text}\n`).join(''));
        drawn = lines.length;
        return;
      }
      for (const condition of conditions) {
        const text = line(condition);
        if (said.get(condition.type) === text) continue;
        said.set(condition.type, text);
        out.write(`${seconds().toFixed(1).padStart(6)}s  ${text}\n`);
      }
    },
  };
}

/** Shows the conditions of a cache until it is ready; the seconds that it took. Throws with the last state otherwise. */
export async function watchUntilReady(namespace: string, name: string, timeoutSeconds: number): Promise<number> {
  const begin = performance.now();
  const seconds = (): number => (performance.now() - begin) / 1000;
  const view = createView(process.stdout, seconds);
  await eventually(`goproxycache ${name} is Ready`, timeoutSeconds, async () => {
    const cache = await readCache(namespace, name);
    const conditions = cache?.status?.conditions ?? [];
    view.show(conditions);
    const ready = conditions.find(({ type }) => type === 'Ready');
    const current = ready?.observedGeneration === cache?.metadata.generation;
    return ready?.status === 'True' && current ? { value: undefined } : { missing: describeConditions(cache) };
  });
  return seconds();
}
