import { beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';

let engine: Engine;
let gateway: RunningNginx;

beforeAll(async () => {
  engine = await startEngine();
  gateway = await startNginx(modelOf({ prod: engine.port, staging: engine.port }));
});

/** How long they wait is a matter of the bench. */
test('a hundred cold clients of one module cost the engine one request for each file, two more for the .info before the others, and none gets an error', async () => {
  const module = ['list', 'v1.0.0.info', 'v1.0.0.mod', 'v1.0.0.zip'].map((file) => `/x.org/crowd/@v/${file}`);
  const paths = [...module, '/x.org/crowd/@latest'];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const info = '/x.org/crowd/@v/v1.0.0.info';
  for (const path of paths) engine.answer(path, () => held.then(() => ({ body: path })));
  const client = () => Promise.all(paths.map((path) => gateway.ask(path)));
  const answers = Promise.all(Array.from({ length: 100 }, client));
  await eventually('the engine is asked for all that waits for nothing', 20, () => {
    const asked = engine.requests.length;
    return asked === paths.length ? { value: true } : { missing: String(asked) };
  });
  release();
  for (const answered of await answers) {
    expect(answered.map(({ status, body }) => `${status} ${body}`)).toEqual(paths.map((path) => `200 ${path}`));
  }
  expect(engine.requests.map(({ url }) => url).sort()).toEqual([...paths, info, info].sort());
}, 60_000);
