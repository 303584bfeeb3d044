import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { endOnce } from '../gateway-real/support/cleanup.ts';
import { ask } from '../gateway-real/support/client.ts';
import { modelOf } from '../gateway-real/support/model.ts';
import { startNginx } from '../gateway-real/support/nginx.ts';
import type { RunningNginx } from '../gateway-real/support/nginx.ts';
import { projectModules } from '../support/modules.ts';
import { startModuleServer } from '../support/moduleserver.ts';
import { startAthens } from './support/athens.ts';
import type { Athens } from './support/athens.ts';

let folder: string;
/** `<module>/@v/<version>` of modules that the upstream has. */
let versions: string[];
let athens: Athens;
let gateway: RunningNginx;

beforeAll(async () => {
  folder = await projectModules();
  const files = await readdir(folder, { recursive: true });
  // In its storage Athens does not write capitals as in a path.
  versions = files.filter((file) => /^[^!]+\/@v\/[^!]+\.zip$/.test(file)).map((file) => file.replace(/\.zip$/, ''));
  const upstream = await startModuleServer({ folder, listen: { host: '127.0.0.1', port: 0 } });
  endOnce(upstream.close);
  athens = await startAthens({}, `http://127.0.0.1:${upstream.address.port}`);
  gateway = await startNginx(modelOf({ prod: athens.port, staging: athens.port }));
}, 300_000);

/** What Athens has of a version when it is killed, or looked at, while it writes the zip. */
async function half(at: number): Promise<string> {
  const path = versions[at] ?? '';
  const [module = '', version = ''] = path.split('/@v/');
  const place = join(athens.storage, module, version);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'go.mod'), '');
  await writeFile(join(place, 'source.zip'), 'PK');
  return path;
}

describe('a version that the engine has not written to the end', () => {
  test.each([
    { extension: 'mod', there: '', at: 0 },
    { extension: 'zip', there: 'PK', at: 1 },
  ])('is served by it as it is, and by the gateway whole: .$extension', async ({ extension, there, at }) => {
    const path = `/${await half(at)}.${extension}`;
    expect(await ask(athens.port, path)).toMatchObject({ status: 200, body: there });
    const whole = await readFile(join(folder, path), 'utf8');
    for (const cache of ['MISS', 'HIT'])
      expect(await gateway.ask(path)).toMatchObject({ status: 200, body: whole, headers: { 'x-cache': cache } });
  });
});
