import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { validate } from '../../src/api/validate.ts';
import { resources } from '../../src/kube/paths.ts';
import type { Answer } from './support/answer.ts';
import { answerOf } from './support/answer.ts';
import { boundsOf } from './support/bounds.ts';
import type { Bound } from './support/bounds.ts';
import { NAMESPACE, cache, startHarness } from './support/harness.ts';
import type { Harness } from './support/harness.ts';
import { around, places } from './support/schema.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await harness.client.create(resources.GoProxyCache, cache('bounds', {}));
}, 90_000);
afterAll(() => harness.stop());

/** What the API server says to a spec or a status with this value at this place; nothing is stored. */
function offer({ steps }: Bound, value: unknown): Promise<Answer> {
  const part = around(steps, value);
  return answerOf(
    'spec' in part
      ? harness.client.create(resources.GoProxyCache, cache('offered', part['spec']), { dryRun: true })
      : harness.client.mergePatch(resources.GoProxyCache, { namespace: NAMESPACE, name: 'bounds' }, part, {
          dryRun: true,
          subresource: 'status',
        }),
  );
}

/** Bounds that no good value reaches, since a rule of the field is stricter. */
const STRICTER_RULES = [
  /\.(url|size|cpu|memory) minLength/,
  /^spec\.checksumDatabase\.name /,
  /\.header(\.name)? minLength/,
  /^spec\.environments\[\]\.replicas maximum/,
  // The value of a label is no free text, as that of an annotation is.
  /labels\{\} maxLength \d+ in astral/,
];

const bounds = [...places('spec'), ...places('status')].flatMap(boundsOf);
const named = (list: Bound[]) => list.map((bound) => [`${bound.path} ${bound.name}`, bound] as const);

describe('just outside of a bound', () => {
  test.each(named(bounds.filter((bound) => 'outside' in bound)))(
    '%s: refused, and the field is named',
    async (_, bound) => {
      const { others } = await offer(bound, bound.outside);
      expect(others.map(({ field }) => field)).toContain(bound.field);
    },
  );

  test.each(named(bounds.filter((bound) => 'outside' in bound && bound.steps[0] === 'spec')))(
    '%s: validate() names the field too',
    (_, bound) => {
      const { problems } = validate(cache('offered', around(bound.steps, bound.outside)['spec']));
      expect(problems.map(({ field }) => field)).toContain(bound.field);
    },
  );
});

describe('just inside of a bound', () => {
  const inside = named(bounds.filter((bound) => 'inside' in bound));
  const isStricter = (name: string) => STRICTER_RULES.some((pattern) => pattern.test(name));

  test.each(inside.filter(([name]) => !isStricter(name)))('%s: accepted', async (_, bound) => {
    expect(await offer(bound, bound.inside)).toMatchObject({ object: {}, rules: [], others: [] });
  });

  test.each(inside.filter(([name]) => isStricter(name)))('%s: refused, but by a rule alone', async (_, bound) => {
    const { rules, others } = await offer(bound, bound.inside);
    expect({ broken: rules.length, others }).toEqual({ broken: 1, others: [] });
  });

  test.each(inside.filter(([name, { steps }]) => steps[0] === 'spec' && !isStricter(name)))(
    '%s: validate() finds nothing wrong either',
    (_, bound) => {
      expect(validate(cache('offered', around(bound.steps, bound.inside)['spec'])).problems).toEqual([]);
    },
  );
});
