import { describe, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';

describe('eventually', () => {
  test('gives the value as soon as the probe has it', async () => {
    let asked = 0;
    const value = await eventually('three', 5, () => (++asked === 3 ? { value: asked } : { missing: `${asked}` }), 1);
    expect(value).toBe(3);
  });

  test('takes an error of the probe as "not yet"', async () => {
    let asked = 0;
    const probe = () => {
      if (++asked < 3) throw new Error('not there');
      return { value: 'there' };
    };
    expect(await eventually('it', 5, probe, 1)).toBe('there');
  });

  test('says what it waited for and what it saw last', async () => {
    const waiting = eventually('the moon is full', 0, () => ({ missing: 'a crescent' }), 1);
    await expect(waiting).rejects.toThrow('the moon is full: not within 0 s; seen last: a crescent');
  });
});
