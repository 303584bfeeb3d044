import { beforeAll, describe, expect, test } from '@jest/globals';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';

let prod: Engine;
let gateway: RunningNginx;

beforeAll(async () => {
  const staging = await startEngine();
  prod = await startEngine();
  gateway = await startNginx(modelOf({ prod: prod.port, staging: staging.port }));
});

/** An engine as Athens is: the file is there, but not whole, until the fetch that a request for the `.info` joins has ended. */
function written(version: string, extension: string, half: string, whole: string) {
  let isWhole = false;
  prod.answer(`${version}.info`, async () => {
    await new Promise(setImmediate);
    isWhole = true;
    return { body: '{}' };
  });
  prod.answer(`${version}.${extension}`, () => ({ body: isWhole ? whole : half }));
}

describe('a version of which the engine does not have everything yet', () => {
  test.each([
    ['mod', ''],
    ['mod', 'module x.org/'],
    ['zip', 'PK\u0003\u0004'],
  ])('is waited for, so that nobody gets a .%s of %p', async (extension, half) => {
    const version = `/x.org/w/@v/v1.0.${String(half.length)}`;
    written(version, extension, half, 'whole');
    expect(await gateway.ask(`${version}.${extension}`)).toMatchObject({ status: 200, body: 'whole' });
    expect(prod.asked(`${version}.${extension}`)).toBe(1);
  });

  test('is asked for once when the file is kept already', async () => {
    const version = '/x.org/kept/@v/v1.0.0';
    written(version, 'zip', '', 'whole');
    for (const cache of ['MISS', 'HIT']) expect((await gateway.ask(`${version}.zip`)).headers['x-cache']).toBe(cache);
    expect(prod.asked(`${version}.info`)).toBe(1);
  });
});

describe('a version that has no .info', () => {
  test.each([400, 403, 404, 410, 429, 500, 503])('says why with the words of the engine: %d', async (status) => {
    const path = `/x.org/no${String(status)}/@v/v1.0.0.mod`;
    prod.answer(path.replace('.mod', '.info'), { status, body: 'not these' });
    prod.answer(path, { status: status < 500 ? status : 404, body: 'not found: x.org/no: no such repository' });
    expect(await gateway.ask(path)).toMatchObject({ body: 'not found: x.org/no: no such repository' });
  });
});

test('an empty file of a version is not kept', async () => {
  const path = '/x.org/empty/@v/v1.0.0.info';
  prod.answer(path, { body: '' });
  expect(await gateway.ask(path)).toMatchObject({ status: 200, body: '' });
  prod.answer(path, { body: '{}' });
  expect(await gateway.ask(path)).toMatchObject({ status: 200, body: '{}', headers: { 'x-cache': 'MISS' } });
  expect(await gateway.ask(path)).toMatchObject({ headers: { 'x-cache': 'HIT' } });
});
