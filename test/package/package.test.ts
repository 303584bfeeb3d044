import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { synthApp, filesIn } from '../support/synthapp.ts';
import type { Ran, UserRepository } from '../support/userrepository.ts';
import { EXAMPLE, userRepository } from '../support/userrepository.ts';

const MINUTE = 60_000;
let repository: UserRepository;
let folder: string;
const run = (program: string, ...words: string[]): Ran => repository.run(program, ...words);
const edit = (from: string, to: string) => repository.edit('stages.ts', from, to);

beforeAll(async () => {
  repository = await userRepository();
  folder = repository.folder;
}, 5 * MINUTE);
afterAll(() => repository.remove());

describe('the package in a repository of a user', () => {
  test('holds what the user needs, and no test, no source, no Node', () => {
    const installed = join(folder, 'node_modules/goproxycache-operator');
    expect(readdirSync(installed).toSorted()).toEqual(['LICENSE', 'README.md', 'bin', 'crds', 'lib', 'package.json']);
    expect(readdirSync(join(installed, 'lib')).toSorted()).toEqual(['api', 'desired', 'gateway', 'install', 'synth']);
    const files = Object.keys(filesIn(join(installed, 'lib')));
    expect(files.filter((file) => !/(\.js|\.d\.ts)$/.test(file))).toEqual([]);
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => /^node-linux|client-node/.test(name))).toEqual(
      [],
    );
  });

  test('shares one copy of constructs and cdk8s with the user', () => {
    const lines = run('npm', 'ls', '--parseable', 'constructs', 'cdk8s').stdout.split('\n');
    expect(lines.filter((line) => /\/(constructs|cdk8s)$/.test(line)).map((line) => line.slice(folder.length))).toEqual(
      ['/node_modules/cdk8s', '/node_modules/constructs'],
    );
  });

  test(
    'npm run synth and npx cdk8s synth write the same, which is what this checkout writes',
    () => {
      expect(run('npm', 'run', '--silent', 'synth')).toMatchObject({ status: 0, stderr: '' });
      const own = filesIn(join(folder, 'dist'));
      expect(Object.keys(own).length).toBeGreaterThan(30);
      expect(run('npx', 'cdk8s', 'synth', '--check-upgrade=false')).toMatchObject({ status: 0, stderr: '' });
      expect(filesIn(join(folder, 'dist'))).toEqual(own);
      using checkout = synthApp({});
      for (const file of ['main.ts', 'stages.ts']) cpSync(join(EXAMPLE, file), join(checkout.folder, file));
      expect(checkout.run()).toMatchObject({ status: 0 });
      expect(checkout.files('dist')).toEqual(own);
    },
    MINUTE,
  );

  test(
    'npx cdk8s synth ends with an error when something is wrong, and tells what',
    () => {
      const back = edit("size: '100Gi'", "size: 'big'");
      const { status, stderr } = run('npx', 'cdk8s', 'synth', '--check-upgrade=false');
      back();
      expect(status).toBe(1);
      expect(stderr).toMatch(/^prod: caches\.goproxy: spec\.storage\.size: "big": /);
    },
    MINUTE,
  );

  test(
    'types check, without leaving out those of the package',
    () => {
      expect(run('npx', 'tsc', '--skipLibCheck', 'false')).toMatchObject({ status: 0, stdout: '' });
    },
    MINUTE,
  );

  test.each([
    { what: 'field', from: "storage: { size: '100Gi' }", to: "storge: { size: '100Gi' }", wrong: 'storge' },
    {
      what: 'environment',
      from: 'environments: { release: { storage',
      to: 'environments: { relaese: { storage',
      wrong: 'relaese',
    },
  ])(
    'a misspelt $what is an error of the compiler',
    ({ from, to, wrong }) => {
      const back = edit(from, to);
      const { status, stdout } = run('npm', 'run', '--silent', 'check');
      back();
      expect(status).toBe(2);
      expect(stdout).toMatch(new RegExp(`^stages\\.ts.*: error TS[^]*'${wrong}' does not exist in type`, 'm'));
    },
    MINUTE,
  );

  test(
    'cdk8s import makes a class of the CRD that comes with the package; compiled it gives the same custom resource',
    () => {
      expect(run('npm', 'run', '--silent', 'import')).toMatchObject({ status: 0 });
      writeFileSync(
        join(folder, 'imports/both.ts'),
        `import { App, Chart } from 'cdk8s';
       import { GoProxyCache as Ours } from 'goproxycache-operator/cdk8s';
       import { GoProxyCache, GoProxyCacheSpecUpstreamsType as Type } from './goproxycache.io.js';
       const spec = { storage: { size: '20Gi' }, gateway: { replicas: 3 } };
       const imported = new Chart(new App(), 'imported');
       new GoProxyCache(imported, 'goproxy', { metadata: { name: 'goproxy' }, spec: { ...spec, upstreams: [{ type: Type.DIRECT }] } });
       const ours = new Chart(new App(), 'ours');
       new Ours(ours, 'goproxy', { ...spec, upstreams: [{ type: 'Direct' }] });
       console.log(JSON.stringify([imported.toJson(), ours.toJson()]));`,
      );
      const compiler = [
        '--ignoreConfig',
        '--module',
        'nodenext',
        '--target',
        'es2024',
        '--strict',
        '--skipLibCheck',
        '--types',
        'node',
      ];
      expect(run('npx', 'tsc', ...compiler, 'imports/both.ts')).toMatchObject({ status: 0, stdout: '' });
      const [imported, ours] = JSON.parse(run('node', 'imports/both.js').stdout) as [unknown, unknown];
      expect(imported).toEqual(ours);
    },
    MINUTE,
  );

  test('brings the command goproxycache, as one file', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(run('npx', 'goproxycache', '--version').stdout.trim()).toBe(version);
    expect(run('npx', 'goproxycache', 'install', '-o', 'json')).toMatchObject({ status: 0, stderr: '' });
  });
});

test('the operator carries nothing of cdk8s', () => {
  const bundle = readFileSync(join(folder, 'node_modules/goproxycache-operator/bin/goproxycache.mjs'), 'utf8');
  expect(bundle).toMatch(/node_modules\/commander/);
  expect(bundle).not.toMatch(/node_modules\/(cdk8s|constructs)/);
});
