import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { effective } from '../../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import { validate } from '../../../src/api/validate.ts';
import { desired } from '../../../src/desired/desired.ts';
import { addresses, names, quantities, specs } from '../../apiserver/support/arbitrary.ts';

/** How many of the generated specs pass the rules. */
function admitted(given: fc.Arbitrary<unknown>): number {
  let count = 0;
  fc.assert(
    fc.property(names, given, (name, generated) => {
      const { spec } = validate({ metadata: { name }, spec: generated });
      if (!spec) return;
      count++;
      expect(desired(name, 'team', effective(spec, DEFAULT_IMAGES))).not.toEqual([]);
    }),
    { numRuns: 1000 },
  );
  return count;
}

test.each([
  ['spec', specs()],
  ['address of a checksum database', addresses.map((url) => ({ checksumDatabase: { url } }))],
  ['address of an upstream', addresses.map((url) => ({ upstreams: [{ type: 'URL', url }] }))],
  ['size of the cache', quantities.map((size) => ({ gateway: { cache: { size } } }))],
])('any %s that passes schema and rules becomes objects: no printer refuses it', (_, given) => {
  expect(admitted(given)).toBeGreaterThan(100);
});
