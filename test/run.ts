/**
 * `npm test`: every suite, one after the other, on a machine that may be bare. Ends with one line `N passed, N failed` and
 * exit code 1 when anything failed or a suite did not run. Names of suites as arguments run only those.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const existing = process.env['GPC_USE_EXISTING_CLUSTER'] === '1';

interface Suite {
  name: string;
  paths: string[];
  /** Commands that must have succeeded before: programs, packages, a cluster. */
  before: string[][];
  serial: boolean;
  env?: NodeJS.ProcessEnv;
}

const testbed = (script: string, ...words: string[]) => [join('test/testbed', script), ...words];
const suites: Suite[] = [
  { name: 'unit', paths: ['test/unit', 'test/golden'], before: [testbed('packages-install.sh')], serial: false },
  { name: 'gateway', paths: ['test/gateway-real'], before: [], serial: true },
  // The same cases and the same answers, with Envoy in front.
  {
    name: 'envoy',
    paths: [
      'routing',
      'hygiene',
      'clients',
      'caching',
      'sumdb',
      'identity',
      'goauth',
      'metrics',
      'canary',
      'mirror',
      'crowd',
      'sharing',
    ].map((file) => `test/gateway-real/${file}`),
    before: [],
    serial: true,
    env: { GATEWAY_TYPE: 'Envoy' },
  },
  { name: 'argocd', paths: ['test/argocd'], before: [testbed('packages-install.sh', 'lua5.1')], serial: false },
  // The engine behind is the real one.
  { name: 'security', paths: ['test/security'], before: [testbed('build.sh', 'athens')], serial: true },
  {
    name: 'security-envoy',
    paths: ['test/security'],
    before: [testbed('build.sh', 'athens')],
    serial: true,
    env: { GATEWAY_TYPE: 'Envoy' },
  },
  { name: 'chart', paths: ['test/chart'], before: [testbed('build.sh', 'chart')], serial: false },
  // npm is the only thing it needs: the package is installed as a user does it.
  { name: 'package', paths: ['test/package'], before: [], serial: true },
  { name: 'apiserver', paths: ['test/apiserver'], before: [testbed('build.sh', 'apiserver')], serial: true },
  {
    name: 'manifests',
    paths: ['test/manifests'],
    before: [testbed('build.sh', 'apiserver'), testbed('build.sh', 'chart')],
    serial: true,
  },
  { name: 'cluster', paths: ['test/cluster'], before: [testbed('up.sh'), testbed('load-operator.sh')], serial: true },
  // It prepares what it needs; some of it runs on the cluster that is up by now, and takes it down.
  { name: 'faults', paths: ['test/faults'], before: [], serial: true },
];

const started = performance.now();
const say = (text: string) => console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)}s  ${text}`);

/** Runs a command with its output shown; resolves with the exit code. */
function run(command: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const [program = '', ...words] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function runSuite({ name, paths, before, serial, env }: Suite): Promise<Counts> {
  for (const command of before) {
    say(`${name}: ${command.join(' ')}`);
    const code = await run(command);
    if (code !== 0) {
      say(`${name}: ${command.join(' ')} failed with ${code}, so the suite could not run`);
      return { passed: 0, failed: 1, skipped: 0 };
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'gpc-test-'));
  const report = join(folder, 'report.json');
  const words = ['--json', `--outputFile=${report}`, ...(serial ? ['--runInBand'] : []), ...paths];
  try {
    await run(['jest', ...words], {
      ...env,
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    });
    return counts(JSON.parse(readFileSync(report, 'utf8')) as Report);
  } catch (error) {
    say(`${name}: no report (${String(error)})`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numRuntimeErrorTestSuites: number;
  numTotalTests: number;
}

/**
 * A file that broke is a failure, and a suite without tests has not run. A skipped test is a failure too, except on a cluster
 * of the user's, where what only the testbed can tell (its audit log) is left out and counted.
 */
function counts(report: Report): Counts {
  const skipped = existing ? report.numPendingTests : 0;
  const broken = report.numRuntimeErrorTestSuites + (report.numTotalTests === 0 ? 1 : 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken + report.numPendingTests - skipped,
    skipped,
  };
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `no suite is called ${unknown.join(', ')}: choose from ${suites.map((suite) => suite.name).join(', ')}`,
  );
  process.exit(2);
}
const chosen = suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

// The programs take longest and need nothing: their build goes on behind the suites that do not wait for it.
const build = existing
  ? undefined
  : spawn(join(root, 'test/testbed/build.sh'), ['all'], { cwd: root, stdio: 'ignore' });

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const suite of chosen) {
  const { passed, failed, skipped } = await runSuite(suite);
  say(`${suite.name}: ${passed} passed, ${failed} failed`);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
build?.kill();
if (chosen.some(({ name }) => name === 'cluster') && !existing && process.env['GPC_KEEP_CLUSTER'] !== '1') {
  say('down');
  if ((await run(testbed('down.sh'))) !== 0) total.failed += 1;
}
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
