import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { effective } from '../../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import { validate } from '../../../src/api/validate.ts';
import { desired } from '../../../src/desired/desired.ts';
import { addresses, names, quantities, specs } from '../../apiserver/support/arbitrary.ts';

const RUNS = 500;

/** How many of so many generated specs pass the rules; what they become is printed. */
function admitted(given: fc.Arbitrary<unknown>): number {
  let count = 0;
  fc.assert(
    fc.property(names, given, (name, generated) => {
      const { spec } = validate({ metadata: { name }, spec: generated });
      if (!spec) return;
      count++;
      expect(desired(name, 'team', effective(spec, DEFAULT_IMAGES))).not.toEqual([]);
    }),
    { numRuns: RUNS },
  );
  return count;
}

test.each([
  ['spec', specs()],
  ['address of a checksum database', addresses.map((url) => ({ checksumDatabase: { url } }))],
  ['address of an upstream', addresses.map((url) => ({ upstreams: [{ type: 'URL', url }] }))],
  ['size of the cache', quantities.map((size) => ({ gateway: { cache: { size } } }))],
])('any %s that passes schema and rules becomes objects: no printer refuses it', (_, given) => {
  expect(admitted(given)).toBeGreaterThan(RUNS / 20);
});
