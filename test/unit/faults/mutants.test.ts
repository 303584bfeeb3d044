import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { operatorBundle } from '../../faults/bundle.ts';
import { mutate } from '../../faults/mutants/mutant.ts';
import { mutants } from '../../faults/mutants/mutants.ts';
import { CHECKOUT } from '../../support/environment.ts';

describe('the planted bugs', () => {
  test('are ten, each of its own name and kind', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(10);
    expect(new Set(mutants.map(({ bug }) => bug)).size).toBe(10);
  });

  test.each(mutants)(
    '$name still applies, and the operator still builds with it',
    async (mutant) => {
      const [text, instead] = mutant.replace;
      const source = readFileSync(join(CHECKOUT, mutant.file), 'utf8');
      expect(mutate(mutant, source)).toBe(source.replace(text, () => instead));
      const [sound, planted] = await Promise.all([operatorBundle(), operatorBundle(mutant.name)]);
      expect(readFileSync(planted).equals(readFileSync(sound))).toBe(false);
    },
    60_000,
  );

  test.each([
    ['nothing of it', 'is not in a.ts'],
    ['x and x', 'is 2 times in a.ts'],
  ])('a source with %j is refused', (source, why) => {
    const mutant = { name: 'any', bug: '', file: 'a.ts', replace: ['x', 'y'] as const, killers: [] };
    expect(() => mutate(mutant, source)).toThrow(why);
  });

  test('one that does not exist is refused with those that do', () => {
    expect(() => operatorBundle('none')).toThrow(/no mutant is called none: choose from no-precondition,/);
  });
});
