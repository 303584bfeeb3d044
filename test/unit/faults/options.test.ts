import { describe, expect, test } from '@jest/globals';
import { parseOptions } from '../../faults/options.ts';

const known = { campaigns: ['crash', 'api', 'drift'], mutants: ['no-back-off'] };
const parse = (words: string) => parseOptions(words === '' ? [] : words.split(' '), known);
const defaults = { seed: 1, sample: false, lanes: 2, fresh: false, json: false };

describe('the words after npm run test:faults --', () => {
  test.each([
    ['', { campaigns: ['crash', 'api', 'drift'], mutants: true }],
    ['drift crash', { campaigns: ['crash', 'drift'], mutants: false }],
    ['mutants', { campaigns: [], mutants: true }],
    ['api mutants --seed 7', { campaigns: ['api'], mutants: true, seed: 7 }],
    [
      '--sample --lanes 1 --fresh -o json',
      { campaigns: known.campaigns, mutants: false, sample: true, lanes: 1, fresh: true, json: true },
    ],
    ['--plan crash/create/#1', { campaigns: ['crash'], mutants: false, plan: 'crash/create/#1' }],
    ['--plan api/a --mutant no-back-off', { campaigns: ['api'], mutants: false, plan: 'api/a', mutant: 'no-back-off' }],
  ])('%j are understood', (words, expected) => {
    expect(parse(words)).toEqual({ ...defaults, ...expected });
  });

  test.each([
    ['crsh', 'no campaign is called crsh: choose from crash, api, drift, mutants'],
    ['--plan crsh/a', 'no campaign is called crsh: choose from crash, api, drift, mutants'],
    ['crash --plan crash/a', '--plan says which campaign it is of: name no campaign beside it'],
    ['crash --mutant no-back-off', '--mutant needs --plan: which plan it should run'],
    ['--plan crash/a --mutant none', 'no mutant is called none: choose from no-back-off'],
    ['--seed x', '--seed is x: give a whole number from 0 to 2147483647'],
    ['--lanes 0', '--lanes is 0: give a whole number from 1 to 16'],
    ['-o yaml', '-o is yaml: choose from text, json'],
  ])('%j are refused with what to write instead', (words, message) => {
    expect(() => parse(words)).toThrow(message);
  });

  test('an option that does not exist is refused', () => {
    expect(() => parse('--sede 1')).toThrow("Unknown option '--sede'");
  });
});
