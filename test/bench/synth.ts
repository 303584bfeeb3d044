/**
 * `npm run bench:synth`: how long a synth of three stages takes, and how much memory, with 1, 10 and 100 caches each: `node main.ts`, the
 * same by the cdk8s CLI, plain cdk8s with the same objects, and `helm template` of our chart. They run in turns; ratios are those of one
 * round. Writes its tables into docs/performance.md unless `--quick` is given.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadAll } from 'js-yaml';
import { buildPackage, packageFolder } from '../../image/package.ts';
import { replaceBlock } from '../support/block.ts';
import { CHECKOUT, TESTBED_FOLDER } from '../support/environment.ts';
import { filesIn } from '../support/synthapp.ts';
import { machine } from './gateway/machine.ts';
import type { Report } from './gateway/report.ts';
import { markdown, number, ratio } from './gateway/report.ts';
import { say } from './gateway/say.ts';
import type { Spread } from './gateway/stats.ts';
import { ratios, spread } from './gateway/stats.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const ROUNDS = values.quick ? 3 : 11;
const STAGES = ['dev', 'staging', 'prod'];
const SIZES = [1, 10, 100];
const helm = join(TESTBED_FOLDER, 'bin/helm');

/** What a user's folder has: the built package, and what it needs, from this checkout. */
function userFolder(root: string, caches: number): string {
  const folder = join(root, String(caches));
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of ['cdk8s', 'cdk8s-cli', 'constructs'])
    symlinkSync(join(CHECKOUT, 'node_modules', name), join(folder, 'node_modules', name));
  symlinkSync(packageFolder, join(folder, 'node_modules/goproxycache-operator'));
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  write('package.json', '{ "type": "module" }');
  write('cdk8s.yaml', 'language: typescript\napp: node main.ts\noutput: dist\n');
  // Says at its end how much memory it had: the most that was resident, in KiB.
  write(
    'memory.js',
    `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync('memory', String(process.resourceUsage().maxRSS)));`,
  );
  write(
    'main.ts',
    `import { synthesize } from 'goproxycache-operator/cdk8s';
     const cache = { upstreams: [{ type: 'URL' as const, url: 'https://goproxy.cn' }, { type: 'Direct' as const }], environments: { ci: { default: true }, release: {} } };
     const caches = Object.fromEntries(Array.from({ length: ${caches} }, (_, index) => ['team-' + index, cache]));
     const larger = Object.fromEntries(Object.keys(caches).map((name) => [name, { storage: { size: '100Gi' }, gateway: { replicas: 3 } }]));
     synthesize({ base: { caches }, stages: { dev: {}, staging: {}, prod: { caches: larger } } });`,
  );
  // The same objects by cdk8s alone: nothing is merged or checked, and the folder may hold anything.
  write(
    'raw.js',
    `import { readFileSync } from 'node:fs';
     import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
     const app = new App({ outdir: 'raw', outputFileExtension: '.yaml', yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE });
     for (const [stage, objects] of Object.entries(JSON.parse(readFileSync('objects.json', 'utf8')))) {
       const chart = new Chart(app, stage);
       objects.forEach((object, index) => new ApiObject(chart, String(index), object));
     }
     app.synth();`,
  );
  return folder;
}

interface Way {
  readonly name: string;
  /** Commands that are run one after the other: what a person would do for all three stages. */
  readonly commands: (folder: string) => readonly (readonly string[])[];
}
const NODE = [process.execPath, '--import', './memory.js'];
const MAIN: Way = { name: '`node main.ts`', commands: () => [[...NODE, 'main.ts']] };
const RENDER: Way = {
  name: '`node main.ts --render`',
  commands: () => [[...NODE, 'main.ts', '--render', '--output', 'rendered']],
};
const CLI: Way = {
  name: '`cdk8s synth`',
  commands: () => [[process.execPath, 'node_modules/cdk8s-cli/bin/cdk8s', 'synth', '--check-upgrade=false']],
};
const RAW: Way = { name: 'plain cdk8s, same objects', commands: () => [[...NODE, 'raw.js']] };
const HELM: Way = {
  name: '`helm template`, three times, without caches',
  commands: () => STAGES.map((stage) => [helm, 'template', stage, join(CHECKOUT, 'charts/goproxycache-operator')]),
};

/** Milliseconds until all commands have ended, and the memory of the last one in MiB. */
function measure(way: Way, folder: string): { time: number; memory: number } {
  // The cdk8s CLI starts `node`: the one that runs this.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, NODE_OPTIONS: '' };
  const note = join(folder, 'memory');
  rmSync(note, { force: true });
  const begin = performance.now();
  for (const [program = '', ...words] of way.commands(folder)) {
    const { status, stderr, error } = spawnSync(program, words, {
      cwd: folder,
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`${way.name} failed: ${error?.message ?? stderr}`);
  }
  const time = performance.now() - begin;
  return { time, memory: existsSync(note) ? Number(readFileSync(note, 'utf8')) / 1024 : Number.NaN };
}

interface Measured {
  readonly times: number[];
  readonly memories: number[];
}

/** Every way in every round, beginning with another one each time. */
function rounds(folder: string, ways: readonly Way[]): ReadonlyMap<Way, Measured> {
  const measured = new Map<Way, Measured>(ways.map((way) => [way, { times: [], memories: [] }]));
  for (const way of ways) measure(way, folder);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const way of [...ways.slice(round % ways.length), ...ways.slice(0, round % ways.length)]) {
      const { time, memory } = measure(way, folder);
      measured.get(way)?.times.push(time);
      measured.get(way)?.memories.push(memory);
    }
  return measured;
}

const span = ({ min, median, max }: Spread) => `${number(median)} (${number(min)} to ${number(max)})`;

function report(all: ReadonlyMap<number, ReadonlyMap<Way, Measured>>): Report {
  const of = (caches: number, way: Way): Measured =>
    all.get(caches)?.get(way) ?? { times: [Number.NaN], memories: [Number.NaN] };
  const rows = [...all].flatMap(([caches, measured]) =>
    [...measured].map(([way, { times, memories }]) => [
      `3 x ${caches}`,
      way.name,
      span(spread(times.map((time) => time / 1000))),
      ratio(ratios(times, of(caches, RAW).times)),
      Number.isNaN(memories[0]) ? '' : span(spread(memories)),
    ]),
  );
  const ten = spread(of(10, MAIN).times.map((time) => time / 1000));
  const growth = ratios(of(100, MAIN).times, of(10, MAIN).times);
  const heap = ratios(of(100, MAIN).memories, of(10, MAIN).memories);
  return {
    verdicts: [
      { target: '`node main.ts` with 3 x 10 caches in less than 2 s', result: `${span(ten)} s`, met: ten.max < 2 },
      {
        target: 'Growth at most linear: ten times the caches in at most ten times the time and memory',
        result: `time ${ratio(growth)}, memory ${ratio(heap)}`,
        met: growth.max <= 10 && heap.max <= 10,
      },
    ],
    tables: [{ title: 'Three stages', head: ['Caches', 'Way', 'Seconds', 'To plain cdk8s', 'Memory, MiB'], rows }],
  };
}

const root = mkdtempSync(join(tmpdir(), 'synth-bench-'));
try {
  await buildPackage();
  const before = machine();
  const all = new Map<number, ReadonlyMap<Way, Measured>>();
  for (const caches of SIZES) {
    say(`3 x ${caches} caches, ${ROUNDS} rounds`);
    const folder = userFolder(root, caches);
    measure(MAIN, folder);
    const objects = STAGES.map((stage) => [
      stage,
      Object.values(filesIn(join(folder, 'dist', stage))).flatMap((text) => loadAll(text)),
    ]);
    writeFileSync(join(folder, 'objects.json'), JSON.stringify(Object.fromEntries(objects)));
    all.set(caches, rounds(folder, [MAIN, RENDER, CLI, RAW, ...(existsSync(helm) ? [HELM] : [])]));
  }
  const text = `${before}\n\n${markdown(report(all))}`;
  console.log(text);
  if (!values.quick) await replaceBlock(join(CHECKOUT, 'docs/performance.md'), 'bench:synth', text);
} finally {
  rmSync(root, { recursive: true, force: true });
}
