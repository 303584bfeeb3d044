import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { effective } from '../../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import { describeProblem, validate } from '../../../src/api/validate.ts';
import { gatewayModel } from '../../../src/desired/gateway.ts';
import { printEnvoy } from '../../../src/gateway/envoy.ts';
import { gatewayFiles } from '../../../src/gateway/files.ts';
import { parseConfig } from './support/config.ts';
import type { Directive } from './support/config.ts';
import { injection, nasty, written } from './support/nasty.ts';

/** A spec in which every field that takes a text has one. */
const full = {
  imagePullSecrets: [{ name: 'registry' }],
  engine: { type: 'Athens', image: 'athens:v1', fetch: { timeoutSeconds: 300 } },
  upstreams: [{ type: 'URL', url: 'https://up.example', fallThrough: 'AnyError' }, { type: 'Direct' }],
  checksumDatabase: { mode: 'Proxy', name: 'sum.golang.org', url: 'https://db.example/sumdb' },
  privateModules: [{ name: 'acme', patterns: ['git.acme.example/*'] }],
  storage: { size: '50Gi', storageClassName: 'fast', retentionPolicy: 'Retain' },
  environments: [
    { name: 'live', default: true, hostnames: ['go.example'] },
    {
      name: 'dev',
      hostnames: ['dev.example'],
      storage: { size: '20Gi', storageClassName: 'slow' },
      upstreams: [{ type: 'URL', url: 'https://other.example' }],
      canary: {
        engine: { type: 'Athens', image: 'athens:v2' },
        storage: { type: 'PersistentVolumeClaim', size: '20Gi', storageClassName: 'slow' },
        weight: 10,
        match: { header: { name: 'X-Canary', value: 'yes' } },
      },
      mirror: { to: 'live', percent: 5 },
      access: { minimumRole: 'User', requiredClaims: [{ claim: 'team', values: ['core'] }] },
    },
  ],
  gateway: {
    type: 'Envoy',
    image: 'nginx:1',
    envoy: { image: 'envoy:1', resources: { requests: { cpu: '500m', memory: '1Gi' } } },
    resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } },
    routing: { order: ['Host', 'Header', 'PathPrefix'], header: 'X-Stage', onUnknown: 'Reject', onConflict: 'Reject' },
    clientAddress: { source: 'XForwardedFor', trustedCIDRs: ['10.0.0.0/8'] },
    allowedCIDRs: ['10.1.0.0/16'],
    limits: { requestsPerSecond: 100, key: 'Subject' },
    auth: {
      anonymousRole: 'Guest',
      jwt: [
        {
          name: 'ci',
          issuer: 'https://idp.example',
          audiences: ['goproxy'],
          algorithms: ['RS256'],
          roleClaim: 'roles',
          jwks: { secretRef: { name: 'keys', key: 'jwks.json' } },
        },
      ],
    },
    tls: { secretRef: { name: 'certificate' }, plainHTTP: 'Enabled' },
    cache: { size: '2Gi', sharing: 'ConsistentHash' },
  },
  exposure: {
    service: { type: 'LoadBalancer', annotations: { 'example.com/a': 'b' } },
    ingress: { ingressClassName: 'nginx', tlsSecretName: 'tls', annotations: { 'example.com/c': 'd' } },
    gatewayAPI: { parentRefs: [{ name: 'public', namespace: 'infra' }] },
  },
  monitoring: { serviceMonitor: { labels: { release: 'monitoring' } } },
};

type Path = (string | number)[];

/** Every place of a text in a value. */
function texts(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => texts(inner, [...path, name]));
}

function withText(path: Path, text: string): unknown {
  const spec = structuredClone(full);
  let at = spec as unknown as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) at = at[part] as Record<string | number, unknown>;
  at[path.at(-1) ?? ''] = text;
  return spec;
}

/** Blocks and numbers of words. The entries of a map are values, so their words count only by their number. */
const shape = (directives: readonly Directive[], inMap = false): unknown[] =>
  directives.map(({ words, body }) => [
    inMap ? 'entry' : words[0],
    words.length,
    ...(body === undefined ? [] : [shape(body, ['map', 'geo'].includes(words[0] ?? ''))]),
  ]);

const types = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(types);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, types(inner)]));
};

/** The shape of both programs' configs, or the sentence that refuses the spec. */
function outcome(spec: unknown): { refused: string } | { shapes: string } {
  const validated = validate({ metadata: { name: 'acme' }, spec });
  if (!validated.spec) return { refused: describeProblem(validated.problems[0]) };
  const model = gatewayModel('acme', effective(validated.spec, DEFAULT_IMAGES));
  const { routes, listeners } = printEnvoy({ ...model, type: 'Envoy' }, '');
  const files = gatewayFiles({ ...model, type: 'Nginx' });
  const { 'nginx.conf': nginx, engines, upstreams, issuers = '', 'auth.json': policy = '' } = files;
  const lines = [engines, upstreams, issuers].map((text) => text.split('\n').length);
  const documents = [routes, listeners, policy].map((text) => types(JSON.parse(text)));
  return { shapes: JSON.stringify([shape(parseConfig(nginx)), lines, ...documents]) };
}

describe('whatever text stands in a field of the spec, it is refused with a sentence, or is a value and nothing else', () => {
  const harmless = [
    full,
    // Without TLS there is less to say of the database.
    withText(['checksumDatabase', 'url'], 'http://db.example'),
  ].map((spec) => {
    const seen = outcome(spec);
    if ('refused' in seen) throw new Error(`the spec that everything starts from is refused: ${seen.refused}`);
    return seen.shapes;
  });

  test.each(texts(full).map((path) => ({ field: path.join('.'), path })))('$field', ({ path }) => {
    const holds = (text: string): void => {
      const seen = outcome(withText(path, text));
      if ('refused' in seen) expect(seen.refused).toMatch(/^\S.{10,}/s);
      else expect(harmless).toContain(seen.shapes);
    };
    for (const text of written) holds(text);
    fc.assert(fc.property(nasty, holds), injection);
  });
});
