import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { load } from 'js-yaml';
import { customResourceDefinition } from '../../../src/api/crd.ts';
import type { SynthApp } from '../../support/synthapp.ts';
import { synthApp } from '../../support/synthapp.ts';
import { expectGolden } from '../golden.ts';

// Each starts a Node or some, beside other suites.
jest.setTimeout(30_000);

const example = join(import.meta.dirname, '../../../examples/gitops');
const CRD = '0-CustomResourceDefinition.goproxycaches.goproxycache.io.yaml';

/** The files of a stage one after the other, each after its name. crds/ says more of the CRD than a copy for each stage. */
const printed = (files: Record<string, string>) =>
  Object.entries(files)
    .map(([name, text]) => `# ${name}\n${name === CRD ? '# the CRD of crds/, marked for Argo CD\n' : text}`)
    .join('---\n');

describe('examples/gitops', () => {
  let user: SynthApp;
  beforeAll(() => {
    user = synthApp({});
    for (const file of ['main.ts', 'stages.ts']) cpSync(join(example, file), join(user.folder, file));
    expect(user.run()).toMatchObject({ status: 0, stderr: '' });
  });
  afterAll(() => user[Symbol.dispose]());

  test.each(['dev', 'staging', 'prod'])('%s is as in its golden file', (stage) => {
    expectGolden(import.meta.dirname, `${stage}.yaml`, printed(user.files(`dist/${stage}`)));
  });

  test.each(['dev', 'staging', 'prod'])('%s has the CRD of this version', (stage) => {
    const { metadata, ...rest } = load(user.files(`dist/${stage}`)[CRD] ?? '') as { metadata: object };
    const annotations = expect.objectContaining({ 'argocd.argoproj.io/sync-wave': '-2' });
    const crd = JSON.parse(JSON.stringify(customResourceDefinition())) as { metadata: object };
    expect({ ...rest, metadata }).toEqual({ ...crd, metadata: { ...crd.metadata, annotations } });
  });

  test('does what its README shows: one value moves, and the diff of a stage shows it', () => {
    const stages = readFileSync(join(example, 'stages.ts'), 'utf8');
    user.write('stages.ts', stages.replace("staging: 'v0.18.1'", "staging: 'v0.18.2'"));
    expect(user.run('--diff', 'prod')).toMatchObject({ status: 0, stdout: '' });
    const { status, stdout } = user.run('--diff', 'staging');
    expect(stdout.split('\n').filter((line) => /^[-+] /.test(line))).toEqual([
      '-    image: docker.io/gomods/athens:v0.18.1',
      '+    image: docker.io/gomods/athens:v0.18.2',
    ]);
    expect(status).toBe(1);
  });
});
