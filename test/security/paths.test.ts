import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { exchange, forbidden, open, secret, leaks, secretText, startScene, statusesIn } from './support/scene.ts';
import type { Scene } from './support/scene.ts';
import { runs } from './support/runs.ts';

// 10,000 tries on a busy machine; a request that hangs has a limit of its own.
jest.setTimeout(3_600_000);

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
});

/** Asks as a stranger; what comes back and what reaches the engine has to be what a stranger may have. */
async function harmless(path: string): Promise<void> {
  const { gateway, taps } = scene;
  const before = taps.prod.asked().length;
  const answer = await exchange(
    gateway.ports.http ?? 0,
    `GET ${path} HTTP/1.1\r\nHost: prod.example\r\nConnection: close\r\n\r\n`,
  );
  expect({ path, leaks: leaks(answer) }).toEqual({ path, leaks: false });
  // One answer at most, and no page of HTML.
  expect({ path, answers: statusesIn(answer).length > 1 || answer.includes('<html') }).toEqual({
    path,
    answers: false,
  });
  expect({ path, asked: forbidden(taps.prod.asked().slice(before)) }).toEqual({ path, asked: [] });
  expect({ path, staging: taps.staging.asked() }).toEqual({ path, staging: [] });
}

const [, host, module] = /^\/([^/]+)\/(.*)$/.exec(secret) ?? ['', '', ''];

describe('no spelling of a path leads a stranger to what is not his', () => {
  test.each([
    ...[`/${host}//${module}`, `//${host}/${module}`, `/./${host}/${module}`, `/x/../${host}/${module}`, `${secret}/`],
    ...[`${secret};x`, `/${host};x/${module}`, `/;/${host}/${module}`, `/${host}/;/${module}`, `/${host}%3b/${module}`],
    ...[`/${host}%2f${module}`, `/%2e/${host}/${module}`, `/x/%2e%2e/${host}/${module}`, `/..%2f${host}/${module}`],
    ...[`/${host}\\${module}`, `/${host}%5c${module}`, `/${host}/%00${module}`, `${secret}%00`, `${secret}%00.mod`],
    ...[`/git.acme%2eexample/${module}`, `/%67it.acme.example/${module}`, `/git.acme.example/%73ecret/@v/v1.0.0.mod`],
    ...[
      `/Git.acme.example/${module}`,
      `/!git.acme.example/${module}`,
      `/%21git.acme.example/${module}`,
      `/${host}/!secret/@v/v1.0.0.mod`,
    ],
    ...[`/${host}/SECRET/@v/v1.0.0.mod`, `/${host}/secret/@V/v1.0.0.mod`, `/${host}./${module}`, `/.${host}/${module}`],
    ...[`/${host}/secret/%40v/v1.0.0.mod`, `/${host}/secret%20/@v/v1.0.0.mod`, `/${host}/secret/@v/v1.0.0.mod%20`],
    ...[
      `/gıt.acme.example/${module}`,
      `/${host}/ſecret/@v/v1.0.0.mod`,
      `/\u{ff07}it.acme.example/${module}`,
      `/${host}\u2215${module}`,
    ],
    ...[
      `${secret}?x`,
      `${secret}#x`,
      `/example.com/mod/@v/../../..${secret}`,
      `/example.com/mod/@v/v1.0.0.mod${secret}`,
    ],
    ...[
      `/example.com/mod/@v/v1.0.0.mod?${secret}`,
      `/example.com/@v/..${secret}`,
      `/prod${secret}`,
      `/prod/prod${secret}`,
    ],
    ...[
      `/staging${open}`,
      `/staging/${open}`,
      `/prod/../staging${open}`,
      `/STAGING${open}`,
      `/staging%2f${open}`,
      `/%73taging${open}`,
    ],
    ...[
      '/catalog',
      '/catalog/',
      '/catalog;x',
      '/%63atalog',
      '//catalog',
      '/CATALOG',
      '/catalog%00',
      '/catalog?x',
      '/./catalog',
    ],
    ...[
      '/debug/pprof/heap',
      '/debug',
      '/metrics',
      '/index',
      '/prod/catalog',
      '/x/../catalog',
      '/catalog%2f',
      '/example.com/../catalog',
    ],
    ...[
      '/authorise.request',
      '/-/mirror',
      '/malformed.request',
      '/-/generation',
      '/readyz',
      '*',
      'x',
      '',
      '/sumdb/../catalog',
      '/sumdb/sum.golang.org/lookup/x.org/a/@v/list',
      '/sumdb/sum.golang.org/lookup/x.org/a/@v/v1.0.0.zip',
      '/sumdb/@v/list',
      '/version/@latest',
    ],
    `/${'a/'.repeat(4000)}..${secret}`,
  ])('%s', async (path) => {
    await harmless(path);
  });

  test('nor does any mixture of them', async () => {
    const piece = fc.constantFrom(
      ...[
        '/',
        '/',
        '/',
        '//',
        '/./',
        '/../',
        '\\',
        ';',
        ';x',
        '?',
        '#',
        '.',
        '..',
        '!',
        '%21',
        '@',
        '%40',
        '@v',
        '@v/',
        '@latest',
      ],
      ...[
        'git.acme.example',
        'git',
        '.acme.example',
        'Git.acme.example',
        'secret',
        'Secret',
        '!secret',
        'v1.0.0.mod',
        'v1.0.0',
        '.mod',
        'list',
      ],
      ...[
        'example.com',
        'mod',
        'prod',
        'staging',
        'catalog',
        'index',
        'metrics',
        'debug',
        'sumdb',
        'lookup',
        'sum.golang.org',
      ],
      ...[
        '%2e',
        '%2f',
        '%2F',
        '%5c',
        '%00',
        '%0a',
        '%0d%0a',
        '%20',
        '%25',
        '%252f',
        '%c0%ae',
        '%u002f',
        '%',
        '%zz',
        '\t',
        '\u00e9',
        '\u00ad',
        '~',
        '*',
      ],
    );
    const path = fc.oneof(
      fc.array(piece, { minLength: 1, maxLength: 10 }).map((pieces) => `/${pieces.join('')}`),
      // A good path with something put in, or with one character written otherwise.
      fc
        .tuple(fc.constantFrom(secret, `/prod${secret}`, `/staging${open}`, '/catalog'), fc.nat(60), piece)
        .map(([base, at, text]) => base.slice(0, at) + text + base.slice(at)),
      fc
        .tuple(fc.constantFrom(secret, `/staging${open}`, '/catalog'), fc.nat(60), fc.boolean())
        .map(([base, at, upper]) => {
          const index = at % base.length;
          const hex = base.charCodeAt(index).toString(16);
          return `${base.slice(0, index)}%${upper ? hex.toUpperCase() : hex}${base.slice(index + 1)}`;
        }),
    );
    await fc.assert(fc.asyncProperty(path, harmless), runs);
  });
});

test('what the tests above look for is there, and a user gets it', async () => {
  expect(await scene.gateway.ask(secret, scene.user)).toMatchObject({
    status: 200,
    body: expect.stringContaining(secretText),
  });
  expect(await scene.gateway.ask(`/staging${secret}`, scene.user)).toMatchObject({ status: 200 });
  // The `.info`, and then the file.
  expect(scene.taps.staging.asked()).toHaveLength(2);
});
