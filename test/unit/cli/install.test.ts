import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { installation } from '../../../src/install/install.ts';

// Each test starts a program, on a machine that may have other work.
jest.setTimeout(60_000);

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

/** Runs the command as a person does. */
const install = (...flags: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [main, 'install', ...flags],
      { env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });

describe('goproxycache install', () => {
  test.each<[string[], Parameters<typeof installation>[0]]>([
    [[], {}],
    [
      ['-n', 'ops', '--no-create-namespace', '--no-crds', '--watch-namespace', 'a', '--watch-namespace', 'b'],
      { namespace: 'ops', createNamespace: false, crds: { enabled: false }, watchNamespaces: ['a', 'b'] },
    ],
    [
      ['--replicas=3', '--image=r.example/op:1', '--nginx-image=r.example/nginx:1'],
      { replicas: 3, image: 'r.example/op:1', images: { nginx: 'r.example/nginx:1' } },
    ],
  ])('%j prints what the builder makes of it', async (flags, options) => {
    const { code, stdout, stderr } = await install(...flags, '--output=json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      items: JSON.parse(JSON.stringify(installation(options))) as object[],
    });
  });

  test.each<[string[], string]>([
    [['--replicas', '0'], 'replicas: 0: must be at least 1\n'],
    [
      ['--watch-namespace', 'Build'],
      `watchNamespaces[0]: "Build": must be at most 63 lower-case letters, digits and '-': write for example goproxy\n`,
    ],
  ])('%j ends with one sentence, code 1, and prints nothing', async (flags, message) => {
    expect(await install(...flags)).toEqual({ code: 1, stdout: '', stderr: message });
  });
});
