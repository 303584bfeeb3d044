import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  block,
  line,
  mapKey,
  NginxSyntaxError,
  print,
  regex,
  text,
  when,
  whenFile,
  why,
} from '../../../src/gateway/nginx/syntax.ts';
import { parseConfig } from './support/config.ts';

describe('a directive', () => {
  test('has a word for each part, and none more for what is in a value', () => {
    expect(print(line`listen ${8080} default_server`)).toBe('listen 8080 default_server;\n');
    expect(print(line`server ${'a b;}'}:${1} ${''}`)).toBe('server "a b;}:1" "";\n');
  });

  test('is printed in its block, below the reason for it', () => {
    const nodes = block`location = /`(why('Because.'), when('$a', '=', text`b c`, line`return 200`));
    expect(print(nodes)).toBe('location = / {\n    # Because.\n    if ($a = "b c") {\n        return 200;\n    }\n}\n');
  });

  test('asks whether there is a file', () => {
    expect(print(whenFile('/run/a b', line`return 503`))).toBe('if (-f "/run/a b") {\n    return 503;\n}\n');
  });

  test('keeps variables that are meant, and the rest as it is', () => {
    expect(print(line`set ${text`$host|${'a'}\n`}`)).toBe('set "$host|a\\n";\n');
    expect(print(line`log ${text`{"a":"$b"}`}`)).toBe(`log '{"a":"$b"}';\n`);
  });

  test('is refused with a word that nginx cannot read', () => {
    expect(() => print(line`return ${'x'.repeat(4001)}`)).toThrow(NginxSyntaxError);
  });
});

test.each(['$host', 'a"b', "a'b", 'a\\b', 'a\nb', 'a\0b', 'ä', '\x7f'])('the value %j is refused', (value) => {
  for (const print of [() => line`set ${value}`, () => text`${value}`, () => mapKey(value)]) {
    expect(print).toThrow(NginxSyntaxError);
  }
});

test('a comment has one line', () => {
  expect(() => why('a\nb')).toThrow(NginxSyntaxError);
});

test('whatever a word holds, nginx reads it back', () => {
  const word = fc.string({ unit: fc.constantFrom(...'ab\\"\';{}# \n\t$()nrt') });
  fc.assert(
    fc.property(word, fc.constantFrom('', 'x'), (composed, after) => {
      const [directive] = parseConfig(print(line`set ${{ composed }}${after} end`));
      expect(directive?.words).toEqual(['set', composed + after, 'end']);
    }),
    { numRuns: 1000 },
  );
});

test('a value in a regular expression matches itself only', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -!#-&(-[\]-~]+$/), (value) => {
      const one = new RegExp(regex`^${value}$`.composed);
      const list = new RegExp(regex`^(?:${[value, 'other']})$`.composed);
      expect([one.test(value), list.test(value), list.test('other'), one.test(`${value}x`)]).toEqual([
        true,
        true,
        true,
        false,
      ]);
    }),
  );
});

test.each(['default', 'include', 'hostnames', 'volatile', '~a'])('the key %s of a map stands for itself', (key) => {
  expect(mapKey(key).composed).toBe(`\\${key}`);
});
