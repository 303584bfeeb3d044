import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GatewayModelError } from '../../../src/gateway/check.ts';
import type { GatewayModel } from '../../../src/gateway/model.ts';
import { printNginx } from '../../../src/gateway/nginx.ts';
import { parseConfig } from './support/config.ts';
import type { Directive } from './support/config.ts';
import { injection, nasty } from './support/nasty.ts';

/** The strings of a model, in one list. */
type Strings = [
  name: string,
  hostname: string,
  host: string,
  databaseName: string,
  databaseURL: string,
  upstream: string,
  allowed: string,
  trusted: string,
  canary: string,
  header: string,
  value: string,
];

const plain: Strings = [
  'staging',
  'go.example',
  'engine',
  'sum.example',
  'https://db.example/sumdb',
  'https://up.example',
  '10.0.0.0/8',
  'fd00::/8',
  'canary',
  'X-Canary',
  'yes',
];

function modelWith([
  name,
  hostname,
  host,
  databaseName,
  url,
  upstream,
  allowed,
  trusted,
  canary,
  header,
  value,
]: Strings): GatewayModel {
  return {
    type: 'Nginx',
    environments: [
      { name: 'prod', hostnames: [], engine: { host: 'prod', port: 3000 }, mirror: { to: name, percent: 5 } },
      {
        name,
        hostnames: [hostname],
        engine: { host, port: 3000 },
        canary: { engine: { host: canary, port: 3000 }, weight: 10, match: { header, value } },
        mirror: { to: 'prod', percent: 5 },
      },
    ],
    defaultEnvironment: name,
    onUnknown: 'Default',
    onConflict: 'Reject',
    clientAddress: { source: 'XForwardedFor', trustedCIDRs: [trusted] },
    allowedCIDRs: [allowed],
    limits: { requests: { perSecond: 10, burst: 100 }, connections: 10 },
    cache: { maxSizeMiB: 100, mutableTTLSeconds: 30 },
    fetchTimeoutSeconds: 600,
    checksumDatabase: { name: databaseName, url },
    probedUpstreams: [upstream],
    awaitedEngines: [],
    ports: { http: 8080, status: 8081 },
  };
}

/** What a config is apart from the values in it: the directives, and how many words each has. */
function shape(directives: readonly Directive[]): unknown {
  return directives.map(({ words, body }) => [words[0], words.length, ...(body === undefined ? [] : [shape(body)])]);
}

/** The shape of a map block without its first words, which are values. */
function shapeOf(model: GatewayModel): unknown {
  return shape(
    parseConfig(printNginx(model)).map(function masked(directive): Directive {
      const { words, body } = directive;
      if (body === undefined) return directive;
      if (!['map', 'geo'].includes(words[0] ?? '')) return { words, body: body.map(masked) };
      return { words, body: body.map((entry) => ({ words: entry.words.map(() => 'value') })) };
    }),
  );
}

describe('whatever the strings of a model are', () => {
  const expected = shapeOf(modelWith(plain));
  /** Without TLS to the database. */
  const expectedPlain = shapeOf(modelWith(plain.with(4, 'http://db.example') as Strings));

  test.each(plain.map((_, at) => ({ at, example: plain[at] })))(
    'the one like $example adds nothing to the config',
    ({ at }) => {
      let printed = 0;
      fc.assert(
        fc.property(nasty, (value) => {
          const model = modelWith(plain.with(at, value) as Strings);
          try {
            expect(shapeOf(model)).toEqual(value.startsWith('http:') && at === 4 ? expectedPlain : expected);
            printed += 1;
          } catch (error) {
            if (!(error instanceof GatewayModelError)) throw error;
          }
        }),
        { ...injection, examples: [[plain[at] ?? '']] },
      );
      expect(printed).toBeGreaterThan(0);
    },
  );
});

describe('a printed config', () => {
  const config = parseConfig(printNginx(modelWith(plain)));
  const all = (directives: readonly Directive[]): Directive[] => directives.flatMap((d) => [d, ...all(d.body ?? [])]);
  const named = (name: string): string[][] =>
    all(config)
      .filter(({ words }) => words[0] === name)
      .map(({ words }) => words.slice(1));

  test('has no unnamed capture, which nginx has had security bugs with', () => {
    for (const { words } of all(config)) {
      for (const word of words) {
        expect(word).not.toMatch(/\$\d/);
        if (/[\^~]/.test(word)) expect(word).not.toMatch(/(?<!\\)\((?!\?|\$)/);
      }
    }
  });

  test('writes only where a pod may write', () => {
    const written = [
      'pid',
      'client_body_temp_path',
      'proxy_temp_path',
      'fastcgi_temp_path',
      'uwsgi_temp_path',
      'scgi_temp_path',
      'proxy_cache_path',
    ];
    for (const name of written) {
      expect(named(name)).toHaveLength(1);
      expect(named(name)[0]?.[0]).toMatch(/^\/(?:run|var\/cache)\/gateway\//);
    }
  });

  test('waits the longer, the further from the engine', () => {
    const seconds = (name: string): number[] => named(name).map(([value = '']) => Number(value.replace(/s$/, '')));
    const [lock = 0, databaseLock = 0, copyLock = 0] = seconds('proxy_cache_lock_timeout');
    const [edge = 0, databaseEdge = 0, engines = 0, canaries = 0, standIn = 0, copy = 0, alone = 0, database = 0] =
      seconds('proxy_read_timeout');
    const [shutdown = 0] = seconds('worker_shutdown_timeout');
    for (const waits of [
      [600, engines, edge, lock, shutdown + 1],
      [119, database, databaseEdge, databaseLock, shutdown + 1],
    ]) {
      expect(waits).toEqual([...new Set(waits)].sort((a, b) => a - b));
    }
    expect([canaries, standIn, copy, copyLock, alone]).toEqual([engines, edge, edge, lock, engines]);
    expect(seconds('proxy_cache_lock_age')).toEqual([lock, databaseLock, copyLock]);
  });

  test('names its generation, which another config does not have', () => {
    const generation = (text: string): string => /"([0-9a-f]{16})\\n"/.exec(text)?.[1] ?? '';
    const [one, two] = [modelWith(plain), { ...modelWith(plain), fetchTimeoutSeconds: 601 }].map((model) =>
      generation(printNginx(model)),
    );
    expect(one).toMatch(/^[0-9a-f]{16}$/);
    expect(two).toMatch(/^[0-9a-f]{16}$/);
    expect(one).not.toBe(two);
  });
});
