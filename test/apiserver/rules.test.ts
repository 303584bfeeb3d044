import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RULES } from '../../src/api/rules.ts';
import type { Rule } from '../../src/api/rules.ts';
import { validate } from '../../src/api/validate.ts';
import { resources } from '../../src/kube/paths.ts';
import { answerOf, sorted } from './support/answer.ts';
import { EXAMPLES } from './support/examples.ts';
import { cache, startHarness } from './support/harness.ts';
import type { Harness } from './support/harness.ts';
import { around, fieldOf } from './support/schema.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 90_000);
afterAll(() => harness.stop());

/** The field in which both sides report a rule, when its value stands alone. */
const reported = ({ path, field }: Rule) => [fieldOf(path), field].filter(Boolean).join('.');

/** A cache with this value at the path of a rule. */
const object = (rule: Rule, value: unknown) =>
  rule.path === ''
    ? cache(value as string, {})
    : cache('example', around(rule.path.replaceAll('[]', '.[]').split('.'), value)['spec']);

const examplesOf = (rule: Rule) => Object.entries(EXAMPLES).filter(([words]) => rule.message.startsWith(words));

const rows = RULES.map((rule) => [reported(rule), rule.message.split(/[:,]/, 1)[0] ?? '', rule] as const);

describe('the table of examples', () => {
  test.each(rows)('has one row for %s: %s', (_, __, rule) => {
    expect(examplesOf(rule)).toHaveLength(1);
  });

  test.each(Object.keys(EXAMPLES))('has no row without a rule: %s', (words) => {
    expect(RULES.filter((rule) => rule.message.startsWith(words))).not.toEqual([]);
  });
});

describe('the API server and validate() say the same, word for word', () => {
  test.each(rows)('%s: %s', async (field, _, rule) => {
    const examples = examplesOf(rule)[0]?.[1];
    if (!examples) throw new Error('no examples');
    const complaint = [{ field, message: rule.message }];
    const expected = [
      ...examples.bad.map((value) => ({ value, problems: complaint })),
      ...examples.good.map((value) => ({ value, problems: [] })),
    ];
    const said = await Promise.all(expected.map(async ({ value }) => ({ value, ...(await say(rule, value)) })));
    expect(said).toEqual(expected.map(({ value, problems }) => ({ value, server: problems, here: problems })));
  });
});

async function say(rule: Rule, value: unknown) {
  const { client } = harness;
  const example = object(rule, value);
  const { rules, others } = await answerOf(client.create(resources.GoProxyCache, example, { dryRun: true }));
  return { server: [...rules, ...others], here: sorted(validate(example).problems) };
}
