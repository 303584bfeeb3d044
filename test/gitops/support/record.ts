import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { replaceBlock } from '../../support/block.ts';
import { CHECKOUT } from '../../support/environment.ts';
import type { KubeObject } from '../../support/kubectl.ts';
import { argocd } from './argocd.ts';
import { customization, healthOf } from './health.ts';

/** Of `npm run test:gitops -- --record`: what was seen goes into the repository. */
const RECORDS = process.env['GITOPS_RECORD'] === '1';

/** What Argo CD's command shows of an Application now, for docs/gitops.md: the lines that begin so. */
export async function recordState(state: string, application: string, beginnings: string[]): Promise<void> {
  if (!RECORDS) return;
  const command = ['app', 'get', application, '--output', 'tree=detailed'];
  const wanted = new RegExp(`^(${beginnings.join('|')})`);
  const lines = (await argocd(...command)).split('\n').filter((line) => wanted.test(line));
  const block = [
    '```console',
    `$ argocd ${command.join(' ')} | grep -E '${wanted.source}' | tr -s ' '`,
    ...lines.map((line) => line.replace(/ +/g, ' ').trimEnd()),
    '```',
  ].join('\n');
  await replaceBlock(join(CHECKOUT, 'docs/gitops.md'), `gitops:${state}`, block);
}

/** Objects by the name of what is to be seen in them, with what Argo CD says of each: the test data of health.lua. */
export async function recordHealth(objects: Record<string, KubeObject>): Promise<void> {
  if (!RECORDS) return;
  await rm(join(customization, 'testdata'), { recursive: true, force: true });
  await mkdir(join(customization, 'testdata'));
  const tests = [];
  for (const [name, object] of Object.entries(objects)) {
    const inputPath = `testdata/${name}.yaml`;
    const written = JSON.parse(JSON.stringify(object)) as KubeObject & { metadata: { managedFields?: unknown } };
    delete written.metadata.managedFields;
    await writeFile(join(customization, inputPath), dump(written, { lineWidth: -1 }));
    tests.push({ healthStatus: await healthOf(inputPath), inputPath });
  }
  await writeFile(join(customization, 'health_test.yaml'), dump({ tests }, { lineWidth: -1, seqNoIndent: true }));
}
