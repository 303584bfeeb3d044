import { expect, test } from '@jest/globals';
import { gatewayFiles } from '../../../src/gateway/files.ts';
import { printNginx } from '../../../src/gateway/nginx.ts';
import { expectGolden } from '../golden.ts';
import { goldenModels } from './models.ts';

// That the real nginx accepts them is shown in test/gateway-real/accepted.test.ts.

test.each(goldenModels)('the config of $name is the golden one', ({ name, model }) => {
  expectGolden(import.meta.dirname, `${name}.conf`, printNginx(model));
});

const behindEnvoy = goldenModels.filter(({ model }) => model.type === 'Envoy');

test.each(behindEnvoy)('the files of Envoy for $name are the golden ones', ({ name, model }) => {
  const files = gatewayFiles(model);
  for (const file of [
    'envoy-bootstrap.json',
    'envoy-certificate.json',
    'envoy-listeners.json',
    'envoy-routes.json',
  ] as const) {
    expectGolden(import.meta.dirname, `${name}.${file}`, files[file] ?? '');
  }
});

test.each(goldenModels)('the config of $name is the same each time', ({ model }) => {
  const printed = Array.from({ length: 100 }, () => JSON.stringify(gatewayFiles(structuredClone(model))));
  expect(new Set(printed).size).toBe(1);
});
