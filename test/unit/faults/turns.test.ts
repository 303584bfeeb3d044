import { describe, expect, jest, test } from '@jest/globals';
import type { Turn } from '../../faults/watch/turns.ts';
import { createTurns, excludes } from '../../faults/watch/turns.ts';

const turn = (faulted: string[], more: Partial<Turn> = {}): Turn => ({ faulted, needs: [], isLong: false, ...more });
const long = { isLong: true };

describe('plans on the watches of one operator', () => {
  test.each<[string, Turn, Turn, boolean]>([
    ['disturb different kinds', turn(['Pod']), turn(['Service']), false],
    ['disturb one kind', turn(['Pod', 'Service']), turn(['Service']), true],
    ['need what another disturbs for a moment', turn(['Pod']), turn(['Service'], { needs: ['Pod'] }), false],
    ['need what another disturbs for long', turn(['Pod'], long), turn(['Service'], { needs: ['Pod'] }), true],
    ['need the same', turn([], { needs: ['Pod'] }), turn([], { needs: ['Pod'] }), false],
  ])('that %s: whether they exclude each other', (_, one, other, excluded) => {
    expect([excludes(one, other), excludes(other, one)]).toEqual([excluded, excluded]);
  });

  test('go on as soon as nobody is in their way, in the order in which they came', async () => {
    const turns = createTurns();
    const order: string[] = [];
    const take = async (name: string, one: Turn) => {
      const end = await turns.take(one);
      order.push(name);
      return () => end(0);
    };
    const endFirst = await take('first', turn(['Pod'], long));
    const all = take('all', turn(['Pod', 'Service'], long));
    const late = take('late', turn(['Service']));
    const aside = await take('aside', turn(['Ingress']));
    expect(order).toEqual(['first', 'aside']);
    endFirst();
    (await all)();
    (await late)();
    aside();
    expect(order).toEqual(['first', 'aside', 'all', 'late']);
  });

  test('leave a kind alone for a while after it was disturbed, and what needs it goes on', async () => {
    jest.useFakeTimers();
    try {
      const turns = createTurns();
      const end = await turns.take(turn(['Pod'], { ...long, needs: ['Deployment'] }));
      end(10_000);
      (await turns.take(turn(['Deployment'], { ...long, needs: ['Pod'] })))(0);
      let isNext = false;
      const next = turns.take(turn(['Pod'])).then(() => {
        isNext = true;
      });
      await jest.advanceTimersByTimeAsync(9_999);
      expect(isNext).toBe(false);
      await jest.advanceTimersByTimeAsync(1);
      await next;
      expect(isNext).toBe(true);
    } finally {
      jest.useRealTimers();
    }
  });
});
