import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheProps, StageOverride, StageProps } from '../../../src/synth/index.ts';
import { CHECKOUT, TESTBED_IMAGES } from '../../support/environment.ts';
import { run } from '../../support/run.ts';

/** A cache in values.json. */
export type CacheValues = CacheProps;

/** The values of the tests' git repository (project/main.ts). */
export interface Values {
  base: StageProps;
  stages: Record<string, StageOverride>;
}

/** Writes values.json into a work tree, and lets the project write dist/ from it. */
export async function synth(folder: string, values: Values): Promise<void> {
  await writeFile(join(folder, 'values.json'), `${JSON.stringify(values, undefined, 2)}\n`);
  await run(process.execPath, [join(CHECKOUT, 'test/gitops/project/main.ts')], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** The operator with the images that the testbed has. */
export function testbedOperator(): NonNullable<StageProps['operator']> {
  if (TESTBED_IMAGES === undefined) throw new Error('npm run test:gitops needs the testbed, not a cluster of your own');
  const { engine, gateway, envoy } = TESTBED_IMAGES;
  return {
    image: 'localhost/goproxycache-operator:dev',
    images: { athens: engine, nginx: gateway, envoy },
  };
}
