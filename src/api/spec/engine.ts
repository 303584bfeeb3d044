import * as z from 'zod';
import { hostname, image, resources, SET, text, unique, url } from './fields.ts';

export const engine = z.strictObject({
  type: z.enum(['Athens']).default('Athens').describe('The module proxy that fetches and stores modules.'),
  image: image().optional().describe('Image of the engine. Left out: the version that belongs to this operator.'),
  resources: resources()
    .optional()
    .describe('Resources of each engine pod. Left out: requests of 100m CPU and 256Mi, a limit of 2Gi memory.'),
  fetch: z
    .strictObject({
      timeoutSeconds: z
        .int()
        .min(30)
        .max(1800)
        .default(600)
        .describe(
          'Longest time one module may take to fetch and store. All waiting times in front of the engine follow it.',
        ),
      concurrency: z
        .int()
        .min(1)
        .max(100)
        .default(10)
        .describe('Number of modules one engine pod fetches at the same time.'),
    })
    .prefault({})
    .describe('How modules are fetched from the upstreams.'),
});

export const checksumDatabase = z.strictObject({
  mode: z
    .enum(['Proxy', 'Disabled'])
    .default('Proxy')
    .describe(
      'Proxy: the gateway serves and caches the checksum database under /sumdb/, and the engine verifies what it fetches. ' +
        'Disabled: the gateway has no /sumdb/ (clients then ask the database themselves) and the engine does not verify.',
    ),
  name: hostname().default('sum.golang.org').describe('Name of the checksum database, as in GOSUMDB.'),
  url: url()
    .optional()
    .describe(
      'Where the gateway and the engine reach it, for example https://goproxy.cn/sumdb/sum.golang.org. Left out: https:// and the name.',
    ),
});

export const privateModules = z
  .strictObject({
    name: text(63).describe('Name of the entry.'),
    patterns: z
      .array(
        text(128).describe(
          'A module path as in GOPRIVATE, with all that is below it; * stands for any part of an element, once in each: git.acme.example/*.',
        ),
      )
      .min(1)
      .max(32)
      .check(unique((item) => item))
      .meta(SET)
      .describe('The modules.'),
  })
  .describe('Modules that are not for everybody.');
