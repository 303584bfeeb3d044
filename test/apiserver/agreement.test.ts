import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { RULES, ruleField } from '../../src/api/rules.ts';
import { validate } from '../../src/api/validate.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/paths.ts';
import { answerOf, isRuleMessage, sorted } from './support/answer.ts';
import type { Answer, Complaint } from './support/answer.ts';
import { names, quantities, specs } from './support/arbitrary.ts';
import { cache, startHarness } from './support/harness.ts';
import type { Harness } from './support/harness.ts';
import { around, places } from './support/schema.ts';
import { differences, isAboutName } from './support/wording.ts';

/**
 * The API server and validate() agree on generated objects. A failure prints seed and path; to see it again, or to look at
 * other objects: AGREEMENT_SEED=n AGREEMENT_RUNS=n npm run test:apiserver -- agreement
 */
const seed = Number(process.env['AGREEMENT_SEED'] ?? 20_260_101);
const runs = Number(process.env['AGREEMENT_RUNS'] ?? 250);
/** Objects in one run: they are offered at the same time. */
const BATCH = 40;
const LIMIT_MS = 120_000 + runs * 200;
const settings = { seed, interruptAfterTimeLimit: LIMIT_MS - 30_000 };

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 90_000);
afterAll(() => harness.stop());

/** What each side says, made comparable: whether it takes the object, and which rules are broken where. */
interface Verdict {
  accepted: boolean;
  /** Undefined when the shape is wrong: then the API server stops before some of the rules. */
  rules?: Complaint[];
  /** What the two say otherwise of a wrong shape. */
  differences?: string[];
}

const verdictHere = (object: KubeObject): Verdict => {
  const { problems } = validate(object);
  const inShape = problems.every(({ message }) => isRuleMessage(message));
  return { accepted: problems.length === 0, ...(inShape ? { rules: sorted(problems) } : { differences: [] }) };
};

const verdictThere = ({ object, rules, others }: Answer): Verdict => ({
  accepted: object !== undefined,
  ...(others.every(isAboutName) && { rules }),
});

/**
 * Both verdicts on one case. Of a wrong shape the API server may say it with a rule, for example of an integer that is too
 * large for JavaScript.
 */
const compare = <T extends object>(subject: T, object: KubeObject, answer: Answer, here: Verdict) => {
  const { accepted, ...broken } = verdictThere(answer);
  const there = here.rules ? broken : { differences: differences(validate(object).problems, answer.others) };
  return { there: { ...subject, accepted, ...there }, here: { ...subject, ...here } };
};

const pairs = fc.array(fc.tuple(quantities, quantities), { minLength: 1, maxLength: BATCH, size: 'max' });

describe('the API server and validate() agree', () => {
  test(
    'on new objects: whether they are accepted, which rules they break, what of their shape is wrong, and what the defaults are',
    async () => {
      const seen = { accepted: 0, brokeRules: 0, misshapen: 0 };
      const broken = new Set<string>();
      const objects = fc.array(fc.record({ name: names, spec: specs() }), {
        minLength: 1,
        maxLength: BATCH,
        size: 'max',
      });
      const property = fc.asyncProperty(objects, async (batch) => {
        const compared = await Promise.all(
          batch.map(async ({ name, spec }) => {
            const object = cache(name, spec);
            const answer = await answerOf(harness.client.create(resources.GoProxyCache, object, { dryRun: true }));
            const here = verdictHere(object);
            if (here.accepted) seen.accepted++;
            else if (here.rules) seen.brokeRules++;
            else seen.misshapen++;
            for (const { field, message } of here.rules ?? []) broken.add(`${field.replace(/\d+/g, '')} ${message}`);
            const both = compare({ object }, object, answer, here);
            // Once it has passed, what was stored reads as what was written: the defaults are the same on both sides.
            const stored = answer.object && validate(answer.object).spec;
            return {
              there: { ...both.there, spec: stored },
              here: { ...both.here, spec: wellFormed(validate(object).spec) },
            };
          }),
        );
        expect(compared.map(({ there }) => there)).toEqual(compared.map(({ here }) => here));
      });
      await fc.assert(property, { ...settings, numRuns: runs });
      // The generator is worth nothing when nearly all of its objects end the same way, or miss a rule.
      const total = seen.accepted + seen.brokeRules + seen.misshapen;
      for (const count of Object.values(seen)) expect(count / total).toBeGreaterThan(0.1);
      const keys = RULES.map((rule) => `${ruleField(rule)} ${rule.message}`);
      expect(keys.filter((key) => !broken.has(key))).toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    'on requests and limits: which quantity is the larger one',
    async () => {
      const property = fc.asyncProperty(pairs, async (batch) => {
        const compared = await Promise.all(
          batch.map(async ([request, limit]) => {
            const requirements = { requests: { cpu: request, memory: request }, limits: { cpu: limit, memory: limit } };
            const object = cache('pair', { gateway: { resources: requirements } });
            const answer = await answerOf(harness.client.create(resources.GoProxyCache, object, { dryRun: true }));
            return compare({ request, limit }, object, answer, verdictHere(object));
          }),
        );
        expect(compared.map(({ there }) => there)).toEqual(compared.map(({ here }) => here));
      });
      await fc.assert(property, { ...settings, numRuns: Math.ceil(runs / 5) });
    },
    LIMIT_MS,
  );

  test.each(places('spec').filter(({ schema }) => schema.properties))(
    'on a field that $path does not have: its name, and that it is unknown',
    async ({ steps }) => {
      const object = cache('unknown', around([...steps, 'misspelt'], 1)['spec']);
      const said = await harness.client.create(resources.GoProxyCache, object, { dryRun: true }).then(
        () => 'nothing',
        ({ message }: Error) => message,
      );
      const [, field] = /unknown field "(.*)"/.exec(said) ?? [];
      expect(validate(object).problems).toEqual([{ field, value: 1, message: expect.stringContaining('not a field') }]);
    },
  );
});

/** JSON in Go has no half of a surrogate pair. */
const wellFormed = (spec: unknown): unknown =>
  spec === undefined
    ? undefined
    : JSON.parse(JSON.stringify(spec), (_, value: unknown) =>
        typeof value === 'string' ? value.toWellFormed() : value,
      );
