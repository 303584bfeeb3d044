import { connect } from 'node:net';
import { startEngine } from '../../gateway-real/support/engine.ts';
import { modelOf } from '../../gateway-real/support/model.ts';
import { startNginx } from '../../gateway-real/support/nginx.ts';
import type { RunningNginx } from '../../gateway-real/support/nginx.ts';
import { authOf, bearer, jwks, makeKey, makeToken, now, placeKeys } from '../../gateway-real/support/tokens.ts';
import { startAthens, startTap } from './athens.ts';
import type { Tap } from './athens.ts';

export const open = '/example.com/mod/@v/v1.0.0.mod';
export const secret = '/git.acme.example/secret/@v/v1.0.0.mod';
/** Stands in every answer that strangers must not have. */
export const secretText = 'the-secret-module';

export interface Scene {
  readonly gateway: RunningNginx;
  readonly taps: { readonly prod: Tap; readonly staging: Tap };
  readonly user: { headers: Record<string, string> };
}

/** A gateway in front of the real Athens, with a module for all, one for users, and an environment for users; all of it is in the cache. */
export async function startScene(): Promise<Scene> {
  const nowhere = await startEngine();
  const modules = {
    'example.com/mod': 'module example.com/mod\n',
    'git.acme.example/secret': `module git.acme.example/secret // ${secretText}\n`,
  };
  const athens = await startAthens(modules, `http://127.0.0.1:${nowhere.port}`);
  const [prod, staging] = [await startTap(athens.port), await startTap(athens.port)];
  const key = makeKey('ES256');
  const model = modelOf(
    { prod: prod.port, staging: staging.port },
    { auth: authOf(), privatePatterns: ['git.acme.example/*'] },
  );
  const environments = model.environments.map((each) =>
    each.name === 'staging' ? { ...each, access: { minimumRole: 'User' as const, requiredClaims: [] } } : each,
  );
  const gateway = await startNginx(
    { ...model, environments },
    {
      prepare: (folder) => {
        placeKeys(folder, { ci: jwks(key) });
        return Promise.resolve();
      },
    },
  );
  // Good for longer than 10,000 tries take on a busy machine.
  const user = bearer(makeToken(key, { exp: now() + 86_400 }));
  for (const [path, asked] of [
    [open, {}],
    [secret, user],
  ] as const) {
    const { status } = await gateway.ask(path, asked);
    if (status !== 200) throw new Error(`${path} is answered ${status} before the test: ${gateway.log()}`);
  }
  return { gateway, taps: { prod, staging }, user };
}

/** Sends bytes, and gives all that comes back until the other side closes, or for so long. */
export function exchange(port: number, bytes: string, milliseconds = 800): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    const end = (): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(answer);
    };
    const limit = setTimeout(end, milliseconds);
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', end).on('close', end);
  });
}

/** Statuses of the answers in a stream of them. A body here holds no such line. */
export const statusesIn = (answers: string): number[] =>
  [...answers.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));

/** What reached the engine, and has to be what a stranger may have: the one path, as nginx writes it. */
export const onlyOpen = (asked: readonly string[]): string[] =>
  asked.filter((line) => !/^GET \/example\.com\/[^ ]* HTTP\/1\.[01]\r?$/.test(line));

/** What reached the engine, and must not for a stranger: the private module, the engine's own pages, a path with two readings. */
export const forbidden = (asked: readonly string[]): string[] =>
  asked.filter((line) =>
    /^GET \/(?:!?g!?i!?t\.!?a!?c!?m!?e\.example\/|(?:catalog|index|metrics|debug|healthz|readyz|version|sumdb)(?=[/ ]))|\/\/|\/\.\.?\/|\\|%2e|%2f|%5c|\?/i.test(
      line,
    ),
  );

/** Whether an answer holds what a stranger must not have: the private module, or the engine's list of modules. */
export const leaks = (answer: string): boolean => answer.includes(secretText) || answer.includes('"modules"');
