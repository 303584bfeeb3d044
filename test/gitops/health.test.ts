import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { customization, healthOf } from './support/health.ts';

interface Tests {
  tests: { healthStatus: { status: string; message: string }; inputPath: string }[];
}
const { tests } = load(readFileSync(join(customization, 'health_test.yaml'), 'utf8')) as Tests;

test.each(tests)('the real Argo CD sees $healthStatus.status in $inputPath', async ({ inputPath, healthStatus }) => {
  expect(await healthOf(inputPath)).toEqual(healthStatus);
});
