import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import type { SynthApp } from '../../support/synthapp.ts';
import { synthApp } from '../../support/synthapp.ts';

// Each starts a Node or some, beside other suites.
jest.setTimeout(30_000);

/** A main.ts as a user without a compiler may write it. */
const main = (options: string) =>
  `import { synthesize } from 'goproxycache-operator/cdk8s';\nsynthesize(${options});\n`;
const BASE = `{ operator: false, caches: { goproxy: { environments: { ci: { default: true }, release: {} } }, tools: {} } }`;
const GOOD = main(`{ base: ${BASE}, stages: { dev: {}, prod: {} } }`);
const app = (text: string): SynthApp => synthApp({ 'main.ts': text });

describe('what is wrong is told in one sentence each, with exit code 1, and nothing is written', () => {
  test.each([
    {
      what: 'a cache that is not in the base',
      options: `{ base: ${BASE}, stages: { prod: { caches: { goprxy: {} } } } }`,
      told: ['prod: caches: "goprxy": is not in base (goproxy, tools): correct the name, or add it there'],
    },
    {
      what: 'an environment that is not in the base',
      options: `{ base: ${BASE}, stages: { prod: { caches: { goproxy: { environments: { relaese: {} } } } } } }`,
      told: [
        'prod: caches.goproxy.environments: "relaese": is not in base.caches.goproxy (ci, release): correct the name, or add it there',
      ],
    },
    {
      what: 'an environment of a cache that has none',
      options: `{ base: ${BASE}, stages: { prod: { caches: { tools: { environments: { prod: {} } } } } } }`,
      told: [
        'prod: caches.tools.environments: "prod": is not in base.caches.tools (none): correct the name, or add it there',
      ],
    },
    {
      what: 'a field that a stage does not have',
      options: `{ base: ${BASE}, stages: { prod: { cache: {} } } }`,
      told: [
        'prod: cache: {}: is not a field of a stage (namespace, createNamespaces, operator, render, caches): correct the spelling',
      ],
    },
    {
      what: 'a field that a cache does not have',
      options: `{ base: ${BASE}, stages: { prod: { caches: { tools: { storge: {} } } } } }`,
      told: [
        'prod: caches.tools: spec.storge: {}: is not a field of this version: correct the spelling, or install the operator that knows it',
      ],
    },
    {
      what: 'a value of a wrong type',
      options: `{ base: ${BASE}, stages: { prod: { caches: { tools: { gateway: { replicas: '3' } } } } } }`,
      told: ['prod: caches.tools: spec.gateway.replicas: "3": must be a whole number: write it without quotes'],
    },
    {
      what: 'a value that a rule refuses',
      options: `{ base: ${BASE}, stages: { prod: { caches: { goproxy: { environments: { release: { replicas: 2 } } } } } } }`,
      told: [
        'prod: caches.goproxy: spec.environments[1].replicas: 2: replicas can be 0 or 1, since the volume of an environment (ReadWriteOnce) serves one pod: set 1, and scale gateway.replicas, which answers what is cached',
      ],
    },
    {
      what: 'the same name twice in a list',
      options: `{ base: ${BASE}, stages: { prod: { caches: { tools: { imagePullSecrets: [{ name: 'a' }, { name: 'a' }] } } } } }`,
      told: [
        `prod: caches.tools: spec.imagePullSecrets[1]: {"name":"a"}: 'a' is in the list already: leave one of them`,
      ],
    },
    {
      what: 'an option that the operator does not have',
      options: `{ base: ${BASE}, stages: { prod: { operator: { replica: 1 } } } }`,
      told: ['prod: operator.replica: 1: is not an option: correct the spelling'],
    },
    {
      what: 'an option that no cluster could run',
      options: `{ base: ${BASE}, stages: { prod: { operator: { replicas: 0 } } } }`,
      told: ['prod: operator.replicas: 0: must be at least 1'],
    },
    {
      what: 'a stage that is no name of a folder',
      options: `{ base: ${BASE}, stages: { '../prod': {} } }`,
      told: [
        `stages: "../prod": a stage is a folder, so its name is at most 63 lower-case letters, digits and '-': write for example prod`,
      ],
    },
    {
      what: 'a stage without a name',
      options: `{ base: ${BASE}, stages: { '': {} } }`,
      told: [
        `stages: "": a stage is a folder, so its name is at most 63 lower-case letters, digits and '-': write for example prod`,
      ],
    },
    {
      what: 'a stage that is no object',
      options: `{ base: ${BASE}, stages: { prod: null } }`,
      told: ['prod: the stage: null: must be an object: write {} for a stage that is like the base'],
    },
    {
      what: 'no stage at all',
      options: `{ base: ${BASE}, stages: {} }`,
      told: [
        'synthesize needs a base and at least one stage: write for example { base, stages: { dev: {}, prod: {} } }',
      ],
    },
    {
      what: 'what is wrong in the base, once for all stages, beside what is wrong in one',
      options: `{ base: { namespace: 'Go', caches: [] }, stages: { dev: {}, staging: { render: 'yes' }, prod: {} } }`,
      told: [
        `dev, staging, prod: namespace: "Go": must be at most 63 lower-case letters, digits and '-': write for example goproxy`,
        'dev, staging, prod: caches: []: must be an object with each cache under its name: write for example { goproxy: {} }',
        'staging: render: "yes": must be true or false',
      ],
    },
    {
      what: 'two objects for one file, one of them of the user',
      options: `{ base: ${BASE}, stages: { prod: {} }, extend: (chart) => new ApiObject(chart, 'x', { apiVersion: 'v1', kind: 'GoProxyCache', metadata: { name: 'tools' } }) }`,
      told: ['prod: "2-GoProxyCache.tools.yaml": two objects would be in this file: rename one of them'],
    },
  ])('$what', ({ options, told }) => {
    using user = app(
      `import { ApiObject } from ${JSON.stringify(join(import.meta.dirname, '../../../node_modules/cdk8s/lib/index.js'))};\n${main(options)}`,
    );
    const { status, stdout, stderr } = user.run();
    expect(stderr.trimEnd().split('\n')).toEqual(
      told.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))),
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(existsSync(join(user.folder, 'dist'))).toBe(false);
  });
});

describe('the output folder', () => {
  test('has a folder for each stage; a second run touches nothing', () => {
    using user = app(GOOD);
    expect(user.run()).toMatchObject({ status: 0, stdout: 'dist/dev: 3 objects\ndist/prod: 3 objects\n', stderr: '' });
    expect(Object.keys(user.files('dist'))).toEqual(
      ['dev', 'prod'].flatMap((stage) =>
        ['0-Namespace.goproxy', '2-GoProxyCache.goproxy', '2-GoProxyCache.tools'].map(
          (file) => `${stage}/${file}.yaml`,
        ),
      ),
    );
    const written = () => statSync(join(user.folder, 'dist/dev/2-GoProxyCache.tools.yaml')).mtimeMs;
    const before = written();
    expect(user.run().status).toBe(0);
    expect(written()).toBe(before);
  });

  test('loses what synth wrote earlier and would not write now, with the folder of a stage that is gone', () => {
    using user = app(GOOD);
    user.run();
    user.write('main.ts', main(`{ base: ${BASE}, stages: { prod: { caches: { tools: null } } } }`));
    expect(user.run().status).toBe(0);
    expect(Object.keys(user.files('dist'))).toEqual([
      'prod/0-Namespace.goproxy.yaml',
      'prod/2-GoProxyCache.goproxy.yaml',
    ]);
    expect(existsSync(join(user.folder, 'dist/dev'))).toBe(false);
  });

  test.each([
    { what: 'a README', path: 'dist/README.md', told: 'dist: README.md' },
    { what: 'a manifest of a person', path: 'dist/prod/quota.yaml', told: 'dist: prod/quota.yaml' },
    {
      what: 'a manifest of a person in a folder of no stage',
      path: 'dist/old/x/quota.yaml',
      told: 'dist: old/x/quota.yaml',
    },
  ])('with $what in it is refused, and nothing in it changes', ({ path, told }) => {
    using user = app(GOOD);
    user.write(path, 'kind: ResourceQuota\n');
    expect(user.run()).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `${told}: synth did not write this, and would not keep it: move it, or choose another folder with --output\n`,
    });
    expect(Object.keys(user.files('dist'))).toEqual([path.replace('dist/', '')]);
  });

  test('may be a repository of its own: names with a dot are left alone', () => {
    using user = app(GOOD);
    user.write('dist/.git/HEAD', 'ref: refs/heads/manifests\n');
    expect(user.run().status).toBe(0);
    expect(Object.keys(user.files('dist'))).toContain('.git/HEAD');
  });

  test('is the one of --output', () => {
    using user = app(GOOD);
    expect(user.run('--output', 'manifests/go')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('manifests/go/dev'),
    });
    expect(Object.keys(user.files('manifests/go'))).toHaveLength(6);
    expect(user.run('--output', 'main.ts')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('main.ts: ENOTDIR'),
    });
    expect(user.run('--output', '.').stderr).toMatch(/^\.: main\.ts, .*: synth did not write this/);
  });
});

describe('--render', () => {
  test('writes the objects of caches in place of the caches, into the same folders', () => {
    using user = app(GOOD);
    user.run();
    expect(user.run('--render').status).toBe(0);
    const files = Object.keys(user.files('dist/prod'));
    expect(files).toContain('2-Deployment.goproxy--release.yaml');
    expect(files.filter((file) => file.includes('GoProxyCache'))).toEqual([]);
  });
});

describe('--diff', () => {
  const changed = main(
    `{ base: ${BASE}, stages: { dev: {}, prod: { caches: { tools: { storage: { size: '20Gi' } } } } } }`,
  );

  test('prints what would change in the folder of a stage, as git does, and writes nothing: exit code 1', () => {
    using user = app(GOOD);
    user.run();
    const before = user.files('dist');
    user.write('main.ts', changed);
    const { status, stdout, stderr } = user.run('--diff', 'prod');
    expect(stdout.split('\n').filter((line) => /^(diff|[-+])/.test(line))).toEqual([
      'diff --git a/dist/prod/2-GoProxyCache.tools.yaml b/dist/prod/2-GoProxyCache.tools.yaml',
      '--- a/dist/prod/2-GoProxyCache.tools.yaml',
      '+++ b/dist/prod/2-GoProxyCache.tools.yaml',
      '-spec: {}',
      '+spec:',
      '+  storage:',
      '+    size: 20Gi',
    ]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(user.files('dist')).toEqual(before);
  });

  test('prints nothing when nothing would change: exit code 0', () => {
    using user = app(GOOD);
    user.run();
    user.write('main.ts', changed);
    expect(user.run('--diff', 'dev')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('of a folder elsewhere has the name of the stage in its paths', () => {
    using user = app(GOOD);
    using elsewhere = synthApp({});
    user.run('--output', join(elsewhere.folder, 'out'));
    user.write('main.ts', changed);
    const { status, stdout } = user.run('--output', join(elsewhere.folder, 'out'), '--diff', 'prod');
    expect(stdout).toMatch(/^diff --git a\/prod\/2-GoProxyCache.tools.yaml b\/prod\/2-GoProxyCache.tools.yaml$/m);
    expect(status).toBe(1);
  });

  test('shows a stage that was never written as new', () => {
    using user = app(GOOD);
    const { status, stdout } = user.run('--diff', 'prod');
    expect(status).toBe(1);
    expect(stdout.match(/^new file mode/gm)).toHaveLength(3);
    expect(existsSync(join(user.folder, 'dist'))).toBe(false);
  });

  test.each([
    {
      what: 'a stage that there is not',
      text: GOOD,
      args: ['--diff', 'prd'],
      told: '--diff: "prd": is not a stage (dev, prod): write one of these\n',
    },
    { what: 'no stage', text: GOOD, args: ['--diff'], told: `error: option '--diff <stage>' argument missing\n` },
    {
      what: 'a base that is wrong',
      text: main(`{ base: { namespace: 1 }, stages: { prod: {} } }`),
      args: ['--diff=prod'],
      told: 'prod: namespace: 1: must be at most',
    },
  ])('with $what: exit code 2, as with diff', ({ text, args, told }) => {
    using user = app(text);
    const { status, stdout, stderr } = user.run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(told);
  });
});

test('a flag that there is not is refused with exit code 1', () => {
  using user = app(GOOD);
  expect(user.run('--rendr')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`unknown option '--rendr'`),
  });
});
