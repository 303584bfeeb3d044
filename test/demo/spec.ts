import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Spec } from '../../src/api/spec.ts';
import { CHECKOUT } from '../support/environment.ts';

export interface Example {
  metadata: { name: string };
  spec: Spec;
}

const EXAMPLE = 'examples/goproxycache.yaml';

/** The example that the demo applies, and what was changed in it, with the reason, for people. */
export async function demoCache(upstreamUrl: string): Promise<{ cache: Example; changes: string[] }> {
  const example = load(await readFile(join(CHECKOUT, EXAMPLE), 'utf8')) as Example;
  const cache: Example = {
    ...example,
    spec: { ...example.spec, upstreams: [{ type: 'URL', url: upstreamUrl }], checksumDatabase: { mode: 'Disabled' } },
  };
  return {
    cache,
    changes: [
      `applying ${EXAMPLE} with two changes:`,
      `  upstreams        ${upstreamUrl}: a module server of this demo that is 80 ms away, so that figures mean something`,
      '  checksumDatabase Disabled: that server is none; go.sum of the demo project has the checksums',
    ],
  };
}
