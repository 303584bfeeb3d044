import { parseArgs } from 'node:util';

/** What `npm run test:faults` was asked for. */
export interface Options {
  /** Names, in the order of the list; all when none was given. */
  readonly campaigns: readonly string[];
  /** Whether the planted bugs are to be found. */
  readonly mutants: boolean;
  readonly seed: number;
  readonly sample: boolean;
  readonly lanes: number;
  readonly fresh: boolean;
  readonly json: boolean;
  /** One plan alone, on an operator that may have a planted bug. */
  readonly plan?: string;
  readonly mutant?: string;
}

/** A word that is not understood: one sentence, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The word that stands for the calibration, beside the names of campaigns. */
export const CALIBRATION = 'mutants';
const MOST_LANES = 16;

/** Reads the words after `npm run test:faults --`. Throws a UsageError that names what there is. */
export function parseOptions(
  words: readonly string[],
  known: { readonly campaigns: readonly string[]; readonly mutants: readonly string[] },
): Options {
  const { values, positionals } = parse(words);
  const { plan, mutant } = values;
  const all = positionals.length === 0 && plan === undefined;
  const wanted = plan === undefined ? positionals : [plan.split('/')[0] ?? ''];
  checkNames(wanted, [...known.campaigns, CALIBRATION]);
  checkPlan(plan, mutant, positionals, known.mutants);
  if (values.output !== 'text' && values.output !== 'json')
    throw new UsageError(`-o is ${values.output}: choose from text, json`);
  return {
    campaigns: known.campaigns.filter((name) => all || wanted.includes(name)),
    mutants: (all && !values.sample) || wanted.includes(CALIBRATION),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31 - 1),
    sample: values.sample,
    lanes: wholeNumber('--lanes', values.lanes, 1, MOST_LANES),
    fresh: values.fresh,
    json: values.output === 'json',
    ...(plan !== undefined && { plan }),
    ...(mutant !== undefined && { mutant }),
  };
}

function checkNames(wanted: readonly string[], known: readonly string[]): void {
  for (const name of wanted) {
    if (!known.includes(name))
      throw new UsageError(`no campaign is called ${name || "''"}: choose from ${known.join(', ')}`);
  }
}

function checkPlan(
  plan: string | undefined,
  mutant: string | undefined,
  positionals: readonly string[],
  mutants: readonly string[],
): void {
  if (plan !== undefined && positionals.length > 0)
    throw new UsageError('--plan says which campaign it is of: name no campaign beside it');
  if (mutant === undefined) return;
  if (plan === undefined) throw new UsageError('--mutant needs --plan: which plan it should run');
  if (!mutants.includes(mutant))
    throw new UsageError(`no mutant is called ${mutant}: choose from ${mutants.join(', ')}`);
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        seed: { type: 'string', default: '1' },
        plan: { type: 'string' },
        mutant: { type: 'string' },
        sample: { type: 'boolean', default: false },
        lanes: { type: 'string', default: '2' },
        fresh: { type: 'boolean', default: false },
        output: { type: 'string', short: 'o', default: 'text' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new UsageError(`${option} is ${text}: give a whole number from ${String(least)} to ${String(most)}`);
  return number;
}
