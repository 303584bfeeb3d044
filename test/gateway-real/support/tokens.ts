import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayAuth } from '../../../src/gateway/model.ts';
import type { PodFolder } from './nginx.ts';

export const algorithms = ['HS512', 'RS256', 'ES256'] as const;
export type Algorithm = (typeof algorithms)[number];

/** A key of an issuer: what signs, and what a JWKS has of it. */
export interface SigningKey {
  readonly jwk: Record<string, unknown>;
  sign(signed: string): Buffer;
}

/** A new key. `bytes`: of a secret one. */
export function makeKey(algorithm: Algorithm, kid = 'k1', bytes = 64): SigningKey {
  if (algorithm === 'HS512') {
    const secret = randomBytes(bytes);
    return {
      jwk: { kty: 'oct', kid, alg: 'HS512', k: secret.toString('base64url') },
      sign: (signed) => createHmac('sha512', secret).update(signed).digest(),
    };
  }
  const pair =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
    sign: (signed) => signWith(pair.privateKey, signed),
  };
}

/** SHA-256, in the form that JWS has: of an EC key the two numbers, not DER. */
function signWith(key: KeyObject, signed: string): Buffer {
  return sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const now = (): number => Math.floor(Date.now() / 1000);

export const issuer = 'https://idp.example';

/** Claims that are good for ten minutes. */
export const goodClaims = (): Record<string, unknown> => ({
  iss: issuer,
  aud: 'goproxy',
  sub: 'alice',
  roles: ['User'],
  exp: now() + 600,
});

/** A token. A member of `claims` or `head` that is undefined is left out. */
export function makeToken(key: SigningKey, claims: object = {}, head: object = {}): string {
  const signed = `${encode({ alg: key.jwk['alg'], kid: key.jwk['kid'], ...head })}.${encode({ ...goodClaims(), ...claims })}`;
  return `${signed}.${key.sign(signed).toString('base64url')}`;
}

export const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
export const basic = (token: string, user = 'go') => ({
  headers: { Authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` },
});

export const jwks = (...keys: SigningKey[]): string => JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });

/** An `auth` of one issuer, called `ci`. */
export const authOf = (changes: Partial<GatewayAuth['jwt'][number]> = {}): GatewayAuth => ({
  anonymousRole: 'Guest',
  jwt: [{ name: 'ci', issuer, audiences: ['goproxy', 'other'], algorithms, roleClaim: 'roles', ...changes }],
});

/** Puts keys where entrypoint.sh would, when it has found them good. */
export function placeKeys(folder: PodFolder, sets: Record<string, string>): void {
  const keys = join(folder.auth, 'keys');
  mkdirSync(keys, { recursive: true });
  for (const [name, text] of Object.entries(sets)) writeFileSync(join(keys, `${name}.json`), text);
  writeFileSync(join(keys, 'ready'), 'ok\n');
}
