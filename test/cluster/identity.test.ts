import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Spec } from '../../src/api/spec.ts';
import { makeCertificate } from '../gateway-real/support/certificate.ts';
import { issuer, jwks, makeKey, makeToken } from '../gateway-real/support/tokens.ts';
import type { SigningKey } from '../gateway-real/support/tokens.ts';
import { becomesReady, conditionOf, readCache } from '../support/cache.ts';
import { eventually } from '../support/eventually.ts';
import { goEnvironment, withModcache } from '../support/gocommand.ts';
import type { KubeObject } from '../support/kubectl.ts';
import { apply, kubectl, list } from '../support/kubectl.ts';
import type { Reached } from '../support/reach.ts';
import { reachService } from '../support/reach.ts';
import { run } from '../support/run.ts';
import { applyCache, clusterSuite, SMALL_PROJECT, smallSpec } from '../support/suite.ts';

jest.setTimeout(300_000);

const { namespace, upstream } = clusterSuite('identity');
const NAME = 'acme';

const spec = (): Spec =>
  smallSpec(upstream().url, {
    privateModules: [{ name: 'goccy', patterns: ['github.com/goccy/*'] }],
    gateway: {
      tls: { secretRef: { name: 'goproxy-tls' } },
      auth: {
        jwt: [{ name: 'ci', issuer, audiences: ['goproxy'], jwks: { secretRef: { name: 'goproxy-jwks' } } }],
      },
    },
  });

const folder = mkdtempSync(join(tmpdir(), 'goproxycache-identity-'));
const keys = { first: makeKey('ES256', 'first'), second: makeKey('HS512', 'second') };
let gateway: Reached | undefined;
let url: string;
let authority: string;

const secret = (name: string, type: string, stringData: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  type,
  stringData,
});
const placeKeys = (...signing: SigningKey[]) =>
  apply(secret('goproxy-jwks', 'Opaque', { 'jwks.json': jwks(...signing) }), namespace);

const gatewayPods = (): Promise<KubeObject[]> =>
  list('pods', namespace, `app.kubernetes.io/instance=${NAME},app.kubernetes.io/component=gateway`);

beforeAll(() => applyCache(namespace, NAME, spec()));
afterAll(async () => {
  await gateway?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `go mod download` of the project with an empty module cache, and this token in a .netrc. Throws with go's own words. */
const download = (token?: string): Promise<string> =>
  withModcache((modcache) => {
    const netrc = join(folder, 'netrc');
    const { host } = new URL(url);
    writeFileSync(netrc, token === undefined ? '' : `machine ${host} login go password ${token}\n`, { mode: 0o600 });
    return run('go', ['mod', 'download'], {
      cwd: SMALL_PROJECT,
      env: {
        ...goEnvironment(url, modcache),
        SSL_CERT_FILE: authority,
        NETRC: netrc,
      },
    });
  });

test('while the Secrets are missing, the condition names them; then all of it serves', async () => {
  await eventually('GatewayReady names the Secrets', 60, async () => {
    const { message = '' } = conditionOf(await readCache(namespace, NAME), 'GatewayReady') ?? {};
    return /Secret goproxy-tls.*Secret goproxy-jwks|Secret goproxy-jwks.*Secret goproxy-tls/.test(message)
      ? { value: undefined }
      : { missing: message };
  });
  gateway = await reachService(namespace, NAME, 443);
  url = new URL(gateway.url.replace('http:', 'https:')).origin;
  const own = await makeCertificate(folder, new URL(url).hostname);
  authority = own.file;
  await apply(secret('goproxy-tls', 'kubernetes.io/tls', { 'tls.crt': own.cert, 'tls.key': own.key }), namespace);
  await placeKeys(keys.first);
  // The kubelet tries a mount again after up to two minutes.
  await becomesReady(namespace, NAME, 240);
});

describe('the go command', () => {
  test('gets a private module with a token in its .netrc', async () => {
    await download(makeToken(keys.first));
  });

  test.each([
    { what: 'without a token', token: () => undefined, says: /401.*\n?.*token/s },
    { what: 'with the token of a stranger', token: () => makeToken(keys.second), says: /401/ },
    {
      what: 'with a token that is a guest',
      token: () => makeToken(keys.first, { roles: ['Guest'] }),
      says: /403.*role User/s,
    },
  ])('is refused it $what, and told why', async ({ token, says }) => {
    await expect(download(token())).rejects.toThrow(says);
  });
});

test('new keys are taken up in place: the next key is admitted beside the old one, then the old one refused', async () => {
  const before = (await gatewayPods()).map(({ metadata }) => metadata.name).sort();
  const taken = async (token: string, admitted: boolean): Promise<void> => {
    // The kubelet looks at a Secret again when its pod changes.
    for (const name of before)
      await kubectl(['annotate', 'pod', name, '-n', namespace, '--overwrite', `example.com/look=${Date.now()}`]);
    await eventually(`a token is ${admitted ? 'admitted' : 'refused'}`, 120, async () => {
      const seen = await download(token).then(
        () => true,
        () => false,
      );
      return seen === admitted ? { value: undefined } : { missing: String(seen) };
    });
  };
  await placeKeys(keys.first, keys.second);
  await taken(makeToken(keys.second), true);
  await download(makeToken(keys.first));
  await placeKeys(keys.second);
  await taken(makeToken(keys.first), false);
  await download(makeToken(keys.second));
  expect((await gatewayPods()).map(({ metadata }) => metadata.name).sort()).toEqual(before);
});

test('neither a key nor a token is in an object, an event or a log', async () => {
  const token = makeToken(keys.second);
  await download(token);
  const logs = await Promise.all(
    (await gatewayPods()).map(({ metadata }) => kubectl(['logs', metadata.name, '-n', namespace, '--all-containers'])),
  );
  const objects = await kubectl([
    'get',
    'goproxycaches,configmaps,deployments,pods,events',
    '-n',
    namespace,
    '-o',
    'json',
  ]);
  const told = [objects, ...logs].join('\n');
  expect(told).toContain('"role":"User"');
  for (const hidden of [String(keys.second.jwk['k']), token, token.split('.')[2] ?? ''])
    expect(told).not.toContain(hidden);
});
