import { expect, test } from '@jest/globals';
import { gatewayFiles, gatewayGeneration } from '../../../src/gateway/files.ts';
import { gatewayTimeouts } from '../../../src/gateway/model.ts';
import type { GatewayModel } from '../../../src/gateway/model.ts';

const engine = { host: 'cache--prod', port: 3000 };
const model: GatewayModel = {
  type: 'Nginx',
  environments: [
    { name: 'prod', hostnames: [], engine },
    { name: 'same', hostnames: [], engine },
  ],
  defaultEnvironment: 'prod',
  onUnknown: 'Default',
  onConflict: 'Reject',
  limits: {},
  cache: { maxSizeMiB: 100, mutableTTLSeconds: 30 },
  fetchTimeoutSeconds: 60,
  probedUpstreams: ['https://a.example', 'https://b.example/x'],
  awaitedEngines: ['http://cache--prod:3000/readyz'],
  ports: { http: 8080, status: 8081 },
};

test('the files are what the script reads: a line for each engine and upstream, those to wait for, and the generation of the config', () => {
  const files = gatewayFiles(model);
  expect(files.engines).toBe('cache--prod\n');
  expect(files.awaited).toBe('http://cache--prod:3000/readyz\n');
  expect(files.upstreams).toBe('https://a.example\nhttps://b.example/x\n');
  expect(files.generation).toBe(`${gatewayGeneration(model)}\n`);
  expect(files['nginx.conf']).toContain(`"${gatewayGeneration(model)}\\n"`);
  expect(files['entrypoint.sh']).toMatch(/^#!\/bin\/sh\n/);
});

test('the generation changes with what nginx loads, and not with what is probed or awaited', () => {
  expect(gatewayGeneration({ ...model, probedUpstreams: [], awaitedEngines: [] })).toBe(gatewayGeneration(model));
  expect(gatewayGeneration({ ...model, onUnknown: 'Reject' })).not.toBe(gatewayGeneration(model));
});

test('a gateway with a checksum database waits at least as long as the database may take', () => {
  expect(gatewayTimeouts(model).shutdown).toBe(90);
  const checksumDatabase = { name: 'sum.golang.org', url: 'https://sum.golang.org' };
  expect(gatewayTimeouts({ ...model, checksumDatabase }).shutdown).toBe(140);
});
