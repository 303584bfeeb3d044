import { describe, expect, test } from '@jest/globals';
import { cacheControl, immutableFreshness, mutableFreshness, protocolPatterns } from '../../../src/gateway/protocol.ts';

const matching = (path: string): string[] =>
  Object.entries(protocolPatterns)
    .filter(([, pattern]) => new RegExp(pattern).test(path))
    .map(([name]) => name);

describe('what a path is', () => {
  test.each([
    ['/x.org/a/@v/list', ['module']],
    ['/x.org/a/@latest', ['module']],
    ['/x.org/a/@v/main.info', ['module']],
    ['/x.org/a/@v/v1.2.3.info', ['module', 'immutableModule']],
    ['/x.org/a/@v/v1.2.3-!r!c.1.zip', ['module', 'zip', 'immutableModule', 'beforeInfo']],
    ['/x.org/a/@v/v1.2.3-.zip', ['module', 'zip']],
    ['/x.org/a/@v/v1.2.zip', ['module', 'zip']],
    ['/x.org/a/@v/v1.2.3+incompatible.mod', ['module', 'immutableModule', 'beforeInfo']],
    ['/x.org/a/@v/v1.2.3+dirty.mod', ['module']],
    ['/x.org/a/@v/v1.2.3.ziphash', []],
    ['/x.org/a/@v/', []],
    ['/@v/list', []],
    ['/x/@v/list', []],
    ['/.x/@v/list', []],
    ['/x./@v/list', []],
    ['/sumdb/sum.golang.org/lookup/x.org/a/@v/list', []],
    ['/sumdb/sum.golang.org/lookup/x.org/a/@v/v1.0.0.zip', []],
    ['/x/@v/v1.0.0.zip', []],
    ['/catalog', ['adminPage']],
    ['/debug/pprof/', ['adminPage']],
    ['/catalogue', []],
    ['/x.org/%2e%2e/@v/list', ['module', 'ambiguousRawPath']],
    ['/x.org/.../@v/list', ['module']],
    ['/x.org/a?b=//', []],
  ])('%s: %j', (path, expected) => {
    expect(matching(path)).toEqual(expected);
  });
});

test('Cache-Control says how long an answer lives, fresh and old', () => {
  expect(cacheControl(immutableFreshness)).toBe('public, max-age=31536000, immutable');
  expect(cacheControl(mutableFreshness(30, 0, 0))).toBe('public, max-age=30');
  expect(cacheControl(mutableFreshness(30))).toBe(
    'public, max-age=30, stale-while-revalidate=300, stale-if-error=86400',
  );
});
