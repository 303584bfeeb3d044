import { describe, expect, test } from '@jest/globals';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import type { GoProxyCache } from '../../../src/api/types.ts';
import { createWishes } from '../../../src/reconcile/wishes.ts';
import { cacheOf } from './fixtures.ts';

const named = (name: string, generation = 1): GoProxyCache => {
  const cache = cacheOf();
  return { ...cache, metadata: { ...cache.metadata, name, generation } };
};

describe('wishes', () => {
  test('are made once for each version of a cache', () => {
    const wishes = createWishes(DEFAULT_IMAGES);
    const first = wishes.of(named('a'));
    wishes.of(named('b'));
    expect(wishes.of(named('a'))).toBe(first);
    const second = wishes.of(named('a', 2));
    expect(second).not.toBe(first);
    expect(second).toEqual(first);
    expect(wishes.of(named('a', 2))).toBe(second);
  });

  test('of the cache that was asked for longest ago are forgotten when there are many', () => {
    const wishes = createWishes(DEFAULT_IMAGES);
    const [a, b] = [wishes.of(named('a')), wishes.of(named('b'))];
    for (let n = 0; n < 48; n++) wishes.of(named(`other-${n}`));
    expect(wishes.of(named('a'))).toBe(a);
    wishes.of(named('one-more'));
    expect(wishes.of(named('a'))).toBe(a);
    expect(wishes.of(named('b'))).not.toBe(b);
    expect(wishes.of(named('b'))).toEqual(b);
  });

  test('are forgotten with their cache', () => {
    const wishes = createWishes(DEFAULT_IMAGES);
    const before = wishes.of(named('a'));
    wishes.forget('team/a');
    expect(wishes.of(named('a'))).not.toBe(before);
  });

  test('of a spec that is not valid are its problems', () => {
    const wishes = createWishes(DEFAULT_IMAGES);
    const wish = wishes.of(cacheOf({ storage: { size: 'much' } }));
    expect(wish).toMatchObject({ problems: [{ field: 'spec.storage.size' }] });
  });
});
