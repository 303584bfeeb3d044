import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GatewayModelError } from '../../../src/gateway/check.ts';
import { printEnvoy } from '../../../src/gateway/envoy.ts';
import { gatewayFiles } from '../../../src/gateway/files.ts';
import type { GatewayModel } from '../../../src/gateway/model.ts';
import { injection, nasty } from './support/nasty.ts';

const modelWith = (name: string, hostname: string, more: Partial<GatewayModel> = {}): GatewayModel => ({
  type: 'Envoy',
  environments: [
    { name: 'prod', hostnames: [], engine: { host: 'prod', port: 3000 } },
    { name, hostnames: [hostname], engine: { host: 'staging', port: 3000 } },
  ],
  defaultEnvironment: 'prod',
  onUnknown: 'Reject',
  onConflict: 'Reject',
  limits: {},
  cache: { maxSizeMiB: 100, mutableTTLSeconds: 30 },
  fetchTimeoutSeconds: 600,
  probedUpstreams: [],
  awaitedEngines: [],
  ports: { http: 8080, status: 8081 },
  ...more,
});

/** What is printed, with every text but a few known ones replaced: how many there are, and where. */
function shapeOf(model: GatewayModel): unknown {
  const { routes, listeners } = printEnvoy(model, '');
  const masked = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(masked);
    if (typeof value !== 'object' || value === null) return typeof value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, masked(inner)]));
  };
  return [routes, listeners].map((text) => masked(JSON.parse(text)));
}

describe('whatever the name and the host name of an environment are', () => {
  const expected = shapeOf(modelWith('staging', 'go.example'));

  test.each(['name', 'host name'])('its %s adds nothing to the config, and Envoy has no format of it', (which) => {
    let printed = 0;
    fc.assert(
      fc.property(nasty, (value) => {
        try {
          const model = which === 'name' ? modelWith(value, 'go.example') : modelWith('staging', value);
          expect(shapeOf(model)).toEqual(expected);
          expect(value).not.toContain('%');
          printed += 1;
        } catch (error) {
          if (!(error instanceof GatewayModelError)) throw error;
        }
      }),
      { ...injection, examples: [['a'], ['go.example']] },
    );
    expect(printed).toBeGreaterThan(0);
  });
});

describe('the generation', () => {
  const generation = (more: Partial<GatewayModel>): string =>
    gatewayFiles(modelWith('staging', 'go.example', more)).generation;

  test.each<[string, Partial<GatewayModel>]>([
    // Envoy alone knows it: nginx is told what Envoy has chosen.
    ['the default environment', { defaultEnvironment: 'staging' }],
    ['the answer to an unknown name', { onUnknown: 'Default' }],
    ['whose address is believed', { clientAddress: { source: 'ProxyProtocol', trustedCIDRs: ['10.0.0.0/8'] } }],
  ])('changes with %s', (_, more) => {
    expect(generation(more)).not.toBe(generation({}));
  });

  test('is the version of what Envoy follows', () => {
    const files = gatewayFiles(modelWith('staging', 'go.example'));
    for (const file of ['envoy-listeners.json', 'envoy-routes.json'] as const) {
      expect(JSON.parse(files[file] ?? '')).toHaveProperty('version_info', files.generation.trim());
    }
  });
});
