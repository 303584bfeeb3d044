import { describe, expect, test } from '@jest/globals';
import { effective } from '../../../src/api/effective.ts';
import type { EffectiveSpec } from '../../../src/api/effective.ts';
import { Spec } from '../../../src/api/spec.ts';

const IMAGES = { athens: 'athens:tested', nginx: 'nginx:tested', envoy: 'envoy:tested' };
const of = (spec: Spec): EffectiveSpec => effective(Spec.parse(spec), IMAGES);
const environment = (spec: Spec, name: string) => of(spec).environments.find((candidate) => candidate.name === name);

describe('an empty spec', () => {
  test('is one environment called prod behind two gateway pods, and nothing is left to decide', () => {
    expect(of({})).toEqual({
      paused: false,
      imagePullSecrets: [],
      engine: { type: 'Athens', image: 'athens:tested', fetch: { timeoutSeconds: 600, concurrency: 10 } },
      checksumDatabase: { name: 'sum.golang.org', url: 'https://sum.golang.org', mirrored: false },
      privatePatterns: [],
      environments: [
        {
          name: 'prod',
          hostnames: [],
          replicas: 1,
          storage: { type: 'PersistentVolumeClaim', size: '10Gi', retentionPolicy: 'Retain' },
          resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '2Gi' } },
          upstreams: [{ type: 'GoDefault' }],
        },
      ],
      defaultEnvironment: 'prod',
      gateway: {
        type: 'Nginx',
        image: 'nginx:tested',
        replicas: 2,
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
        onUnknown: 'Default',
        onConflict: 'Reject',
        limits: {},
        plainHTTP: true,
        cache: { size: '10Gi', mutableTTLSeconds: 30, sharing: 'None' },
      },
      exposure: { service: { type: 'ClusterIP' } },
    });
  });
});

describe('a canary', () => {
  const canaryOf = (canary: object) =>
    environment({ environments: [{ name: 'prod', canary: { engine: { type: 'Athens' }, ...canary } }] }, 'prod')
      ?.canary;

  test('is the tested engine on the disk of its node, for nobody, when it says nothing else', () => {
    expect(canaryOf({})).toEqual({ image: 'athens:tested', storage: { type: 'EmptyDir', size: '10Gi' }, weight: 0 });
  });

  test('has what it says', () => {
    expect(
      canaryOf({
        engine: { type: 'Athens', image: 'athens:next' },
        storage: { type: 'PersistentVolumeClaim', size: '5Gi' },
        weight: 10,
        match: { header: { name: 'X-Canary', value: '1' } },
      }),
    ).toEqual({
      image: 'athens:next',
      storage: { type: 'PersistentVolumeClaim', size: '5Gi', retentionPolicy: 'Retain' },
      weight: 10,
      match: { header: 'X-Canary', value: '1' },
    });
  });
});

describe('the default environment', () => {
  test.each([
    ['the one marked default', [{ name: 'a' }, { name: 'prod' }, { name: 'b', default: true }], 'b'],
    ['prod, when none is marked', [{ name: 'a' }, { name: 'prod' }], 'prod'],
    [
      'prod, when others are marked false',
      [
        { name: 'a', default: false },
        { name: 'prod', default: false },
      ],
      'prod',
    ],
    ['the only one, whatever it is called', [{ name: 'b' }], 'b'],
  ])('is %s', (_, environments, expected) => {
    expect(of({ environments }).defaultEnvironment).toBe(expected);
  });
});

describe('a block of an environment replaces the block of the cache as a whole', () => {
  const spec: Spec = {
    storage: { size: '50Gi', storageClassName: 'fast', retentionPolicy: 'Delete' },
    upstreams: [{ type: 'URL', url: 'https://goproxy.cn' }, { type: 'Direct' }],
    engine: { resources: { requests: { cpu: 2, memory: '1Gi' }, limits: { memory: '4Gi' } } },
    environments: [
      { name: 'prod' },
      {
        name: 'dev',
        replicas: 0,
        hostnames: ['dev.example'],
        storage: { size: '1Gi' },
        upstreams: [{ type: 'Direct' }],
        resources: { limits: { memory: '1Gi' } },
      },
    ],
  };

  test('one without blocks has those of the cache', () => {
    expect(environment(spec, 'prod')).toMatchObject({
      replicas: 1,
      hostnames: [],
      storage: { size: '50Gi', storageClassName: 'fast', retentionPolicy: 'Delete' },
      upstreams: [{ type: 'URL', url: 'https://goproxy.cn', fallThrough: 'NotFound' }, { type: 'Direct' }],
      resources: spec.engine?.resources ?? {},
    });
  });

  test('one with blocks has these and the defaults, and nothing of the cache', () => {
    expect(environment(spec, 'dev')).toEqual({
      name: 'dev',
      replicas: 0,
      hostnames: ['dev.example'],
      storage: { type: 'PersistentVolumeClaim', size: '1Gi', retentionPolicy: 'Retain' },
      upstreams: [{ type: 'Direct' }],
      resources: { limits: { memory: '1Gi' } },
    });
  });
});

describe('addresses', () => {
  test.each([
    ['https://goproxy.cn', 'https://goproxy.cn'],
    ['https://goproxy.cn/', 'https://goproxy.cn'],
    ['https://a.example/b//', 'https://a.example/b'],
  ])('%s of an upstream becomes %s', (url, expected) => {
    expect(of({ upstreams: [{ type: 'URL', url, fallThrough: 'AnyError' }] }).environments[0]?.upstreams).toEqual([
      { type: 'URL', url: expected, fallThrough: 'AnyError' },
    ]);
  });

  test.each<[string, NonNullable<Spec['checksumDatabase']>, EffectiveSpec['checksumDatabase']]>([
    ['its name', { name: 'sum.example' }, { name: 'sum.example', url: 'https://sum.example', mirrored: false }],
    [
      'its mirror',
      { url: 'https://goproxy.cn/sumdb/sum.golang.org/' },
      { name: 'sum.golang.org', url: 'https://goproxy.cn/sumdb/sum.golang.org', mirrored: true },
    ],
    ['nothing, when it is disabled', { mode: 'Disabled', url: 'https://a' }, undefined],
  ])('the checksum database is reached by %s', (_, checksumDatabase, expected) => {
    expect(of({ checksumDatabase }).checksumDatabase).toEqual(expected);
  });

  test('images named in the spec win over those of the operator', () => {
    const { engine, gateway } = of({ engine: { image: 'a:1' }, gateway: { image: 'b:2' } });
    expect([engine.image, gateway.image]).toEqual(['a:1', 'b:2']);
  });
});

describe('identity', () => {
  const jwt = { name: 'ci', issuer: 'https://a', audiences: ['a'], jwks: { secretRef: { name: 'keys' } } };

  test('left out asks nobody', () => {
    expect(of({}).gateway).not.toHaveProperty('auth');
    expect(of({}).environments[0]).not.toHaveProperty('access');
  });

  test('lets nobody in without a token, unless it says so', () => {
    expect(of({ gateway: { auth: { jwt: [jwt] } } }).gateway.auth).toEqual({
      anonymousRole: 'None',
      jwt: [
        {
          name: 'ci',
          issuer: 'https://a',
          audiences: ['a'],
          algorithms: ['HS512', 'RS256', 'ES256'],
          roleClaim: 'roles',
          secret: { name: 'keys', key: 'jwks.json' },
        },
      ],
    });
    expect(of({ gateway: { auth: { anonymousRole: 'Guest', jwt: [jwt] } } }).gateway.auth?.anonymousRole).toBe('Guest');
  });

  test('of an environment asks for the role Guest and no claim, unless it says so', () => {
    const environments = [{ name: 'prod', access: {} }];
    expect(of({ environments }).environments[0]?.access).toEqual({ minimumRole: 'Guest', requiredClaims: [] });
  });

  test('has one list of private modules', () => {
    const privateModules = [
      { name: 'a', patterns: ['x/*', 'y'] },
      { name: 'b', patterns: ['y', 'z'] },
    ];
    expect(of({ privateModules }).privatePatterns).toEqual(['x/*', 'y', 'z']);
  });
});
