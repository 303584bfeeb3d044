import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import { printObjects } from '../../../src/cli/output.ts';
import { render } from '../../../src/cli/render.ts';
import type { Manifest } from '../../../src/desired/manifest.ts';
import { expectGolden } from '../golden.ts';

const folder = import.meta.dirname;
const caches = loadAll(readFileSync(join(folder, 'caches.yaml'), 'utf8')) as { metadata: { name: string } }[];
const manifests = (cache: object) => render(JSON.stringify(cache), DEFAULT_IMAGES, 'default');

/** What travels in the config map as it is: its source says more than a copy in every golden file. */
const withoutScripts = (manifest: Manifest): Manifest => {
  const data = manifest['data'] as Record<string, string> | undefined;
  if (data === undefined) return manifest;
  const short = ([key, text]: [string, string]) => {
    const source = join('src/gateway/pod', key);
    return [key, existsSync(source) && readFileSync(source, 'utf8') === text ? `the whole of ${source}` : text];
  };
  return { ...manifest, data: Object.fromEntries(Object.entries(data).map(short)) as object };
};

describe('the objects of a cache', () => {
  test.each(caches.map((cache) => [cache.metadata.name, cache] as const))(
    '%s is as in its golden file',
    (name, cache) => {
      expectGolden(folder, `${name}.yaml`, printObjects(manifests(cache).map(withoutScripts), 'yaml'));
    },
  );

  test.each(caches.map((cache) => [cache.metadata.name, cache] as const))(
    '%s is printed 100 times without a difference',
    (_, cache) => {
      const first = printObjects(manifests(cache), 'json');
      for (let i = 0; i < 100; i += 1) expect(printObjects(manifests(structuredClone(cache)), 'json')).toBe(first);
    },
  );
});
