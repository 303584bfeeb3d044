import { describe, expect, test } from '@jest/globals';
import { merge } from '../../../src/synth/merge.ts';

describe('an override', () => {
  test.each([
    { what: 'adds a field', base: { a: 1 }, override: { b: 2 }, merged: { a: 1, b: 2 } },
    {
      what: 'merges objects, however deep',
      base: { a: { b: { c: 1, d: 2 } } },
      override: { a: { b: { d: 3 } } },
      merged: { a: { b: { c: 1, d: 3 } } },
    },
    { what: 'replaces a list as a whole', base: { a: [1, 2, 3] }, override: { a: [4] }, merged: { a: [4] } },
    { what: 'takes out a field by null', base: { a: 1, b: 2 }, override: { a: null }, merged: { b: 2 } },
    { what: 'leaves no null behind', base: {}, override: { a: { b: null, c: 1 } }, merged: { a: { c: 1 } } },
    { what: 'keeps a null in a list, for others to refuse', base: {}, override: { a: [null] }, merged: { a: [null] } },
    { what: 'says nothing by undefined', base: { a: 1 }, override: { a: undefined }, merged: { a: 1 } },
    {
      what: 'puts an object in the place of a value',
      base: { a: false },
      override: { a: { b: 1 } },
      merged: { a: { b: 1 } },
    },
    {
      what: 'puts a value in the place of an object',
      base: { a: { b: 1 } },
      override: { a: false },
      merged: { a: false },
    },
    { what: 'that is empty changes nothing', base: { a: { b: 1 } }, override: {}, merged: { a: { b: 1 } } },
  ])('$what', ({ base, override, merged }) => {
    const before = structuredClone({ base, override });
    expect(merge(base, override)).toEqual(merged);
    expect({ base, override }).toEqual(before);
  });

  test('keeps the order of the base, so that nothing moves in the output', () => {
    expect(Object.keys(merge({ a: 1, b: 2, c: 3 }, { c: 4, a: 5, d: 6 }) as object)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('makes __proto__ a field like any other', () => {
    const merged = merge({}, JSON.parse('{"__proto__": {"polluted": true}}')) as object;
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });
});
