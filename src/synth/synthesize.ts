import { isAbsolute, join, relative } from 'node:path';
import { App } from 'cdk8s';
import { Command, CommanderError } from 'commander';
import { overrideProblems, stageNameProblems, stageProblems } from './check.ts';
import { printDiff } from './diff.ts';
import { stageFiles } from './files.ts';
import type { Files } from './folder.ts';
import { readFolder, writeFolder } from './folder.ts';
import { isRecord, merge } from './merge.ts';
import { list, refuse, SynthesisError } from './problems.ts';
import type { StageOverride, StageProps } from './settings.ts';
import { StageChart } from './stage.ts';

export interface SynthesizeOptions<Base extends StageProps> {
  /** What all stages have in common. */
  readonly base: Base;
  /** What each stage says otherwise, by the name of the stage; `{}` when it is like the base. */
  readonly stages: Readonly<Record<string, StageOverride<NoInfer<Base>>>>;
  /** Adds objects of your own to a stage, whose name is `chart.node.id`. @default - none */
  readonly extend?: (chart: StageChart) => void;
}

interface Flags {
  render?: true;
  diff?: string;
  output: string;
}

/**
 * The whole of a user's main.ts: reads the flags of the command line (`--help` tells them), builds and checks every stage, and only then
 * writes `<output>/<stage>/`, one file an object. Sets the exit code: 1 when something is wrong, all of it told, nothing written.
 * With `--diff` 1 means that something differs, and 2 that something is wrong.
 */
export function synthesize<Base extends StageProps>(options: SynthesizeOptions<Base>): void {
  process.exitCode = run(options, process.argv.slice(2));
}

function run<Base extends StageProps>(options: SynthesizeOptions<Base>, args: string[]): number {
  const failed = args.some((word) => word.startsWith('--diff')) ? 2 : 1;
  try {
    const flags = parseFlags(args);
    const stages = build(options, flags.render === true);
    return flags.diff === undefined ? write(flags.output, stages) : diff(flags.output, flags.diff, stages);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : failed;
    if (!(error instanceof SynthesisError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return failed;
  }
}

function parseFlags(args: string[]): Flags {
  return new Command('main.ts')
    .description('Writes the manifests of every stage, one folder a stage, one file an object.')
    .option('--render', 'render caches to the objects that the operator would make, for clusters without it')
    .option(
      '--diff <stage>',
      'print what would change in the folder of a stage, and write nothing; exit code 1 if there is something',
    )
    .option(
      '--output <folder>',
      'folder to write to; all in it is written by this program',
      process.env['CDK8S_OUTDIR'] ?? 'dist',
    )
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<Flags>();
}

/** The files of every stage. @throws SynthesisError with all problems of all stages. */
function build<Base extends StageProps>(options: SynthesizeOptions<Base>, render: boolean): Map<string, Files> {
  const { base, stages, extend } = options;
  refuseProblems(base, stages);
  return new Map(
    Object.entries(stages).map(([name, stage]) => {
      const props = merge(base, stage) as StageProps;
      // One app a stage: a stage is a cluster, and nothing goes from one to another.
      const chart = new StageChart(new App(), name, render ? { ...props, render } : props);
      extend?.(chart);
      return [name, stageFiles(chart)];
    }),
  );
}

/** A problem that several stages have is told once. */
function refuseProblems(base: unknown, stages: unknown): void {
  if (!isRecord(base) || !isRecord(stages) || Object.keys(stages).length === 0)
    throw new SynthesisError([
      'synthesize needs a base and at least one stage: write for example { base, stages: { dev: {}, prod: {} } }',
    ]);
  const found = new Map<string, string[]>();
  for (const [name, stage] of Object.entries(stages))
    for (const problem of problemsOf(base, stage)) found.set(problem, [...(found.get(problem) ?? []), name]);
  refuse([
    ...Object.keys(stages).flatMap(stageNameProblems),
    ...[...found].map(([problem, names]) => `${list(names)}: ${problem}`),
  ]);
}

function problemsOf(base: StageProps, stage: unknown): string[] {
  const own = overrideProblems(base, stage);
  return own.length > 0 ? own : stageProblems(merge(base, stage));
}

function write(output: string, stages: Map<string, Files>): 0 {
  const wanted = new Map(
    [...stages].flatMap(([stage, files]) => [...files].map(([file, text]) => [join(stage, file), text])),
  );
  const before = readFolder(output);
  writeFolder(output, before, wanted);
  for (const [stage, files] of stages) process.stdout.write(`${join(output, stage)}: ${files.size} objects\n`);
  return 0;
}

function diff(output: string, stage: string, stages: Map<string, Files>): 0 | 1 {
  const after = stages.get(stage);
  if (!after)
    throw new SynthesisError([`--diff: "${stage}": is not a stage (${list([...stages.keys()])}): write one of these`]);
  const folder = join(output, stage);
  const shown = relative('', folder);
  return printDiff(isAbsolute(shown) || shown.startsWith('..') ? stage : shown, readFolder(folder), after);
}
