import { describe, expect, test } from '@jest/globals';
import { gatewayFiles } from '../../src/gateway/files.ts';
import { goldenModels } from '../golden/gateway/models.ts';
import type { GatewayModel } from '../../src/gateway/model.ts';
import { testConfig } from './support/nginx.ts';

/** The files for a model whose engines are on loopback: no Service of a cluster has an address here. */
function onLoopback(model: GatewayModel) {
  const environments = model.environments.map((environment) => ({
    ...environment,
    engine: { ...environment.engine, host: '127.0.0.1' },
    ...(environment.canary && {
      canary: { ...environment.canary, engine: { ...environment.canary.engine, host: '127.0.0.1' } },
    }),
  }));
  return gatewayFiles({ ...model, environments, ports: { http: 18080, status: 18081 } });
}

describe('the real nginx', () => {
  test.each(goldenModels)('accepts the golden config $name', async ({ model }) => {
    expect(await testConfig(onLoopback(model))).toBe('');
  });

  test('accepts fifty environments with ten host names each', async () => {
    const [first] = goldenModels;
    if (first === undefined) throw new Error('there is no golden model');
    const environments = Array.from({ length: 50 }, (_, index) => ({
      name: `environment-${index}`.padEnd(20, 'x'),
      hostnames: Array.from({ length: 10 }, (_, at) => `host-${at}.environment-${index}.goproxy.acme.example`),
      engine: { host: '127.0.0.1', port: 3000 },
    }));
    const model = { ...first.model, environments, defaultEnvironment: environments[0]?.name ?? '' };
    expect(await testConfig(onLoopback(model))).toBe('');
  });

  test('refuses a config that is wrong, so that the tests above mean something', async () => {
    const [first] = goldenModels;
    if (first === undefined) throw new Error('there is no golden model');
    const files = onLoopback(first.model);
    expect(await testConfig({ ...files, 'nginx.conf': `${files['nginx.conf']}nonsense;` })).toContain(
      'unknown directive "nonsense"',
    );
  });
});
