import * as z from 'zod';
import { claim, hostname, image, LIST_MAP, resources, SET, text, unique } from './fields.ts';
import { storage, storageType } from './storage.ts';
import { upstreams } from './upstreams.ts';

const access = z.strictObject({
  minimumRole: z
    .enum(['Guest', 'User', 'Admin'])
    .optional()
    .describe('The least role of its clients. Guest (the default): whoever gateway.auth lets in.'),
  requiredClaims: z
    .array(
      z
        .strictObject({
          claim: claim().describe('Name of the claim, or the way to it with dots: team, or realm_access.teams.'),
          values: z
            .array(text(128).describe('A value, exactly.'))
            .min(1)
            .max(16)
            .check(unique((item) => item))
            .meta(SET)
            .describe('One of these is its value, or in its list.'),
        })
        .describe('A claim that a token has to have.'),
    )
    .max(8)
    .check(unique((item) => item.claim))
    .meta(LIST_MAP('claim'))
    .optional()
    .describe('Claims that the token of a client has to have: all of them. Left out: none.'),
});

const canary = z.strictObject({
  engine: z
    .strictObject({
      type: z.enum(['Athens']).describe('The module proxy that fetches and stores modules.'),
      image: image().optional().describe('Image of the engine. Left out: the version that belongs to this operator.'),
    })
    .describe('The second engine. Everything else of it is as in the first one: resources, upstreams, fetch.'),
  storage: storage()
    .extend({ type: storageType() })
    .optional()
    .describe('Storage of its own, since it may write what the first engine cannot read. Left out: EmptyDir of 10Gi.'),
  weight: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe(
      'Share of the clients, in percent, that the second engine serves. A client is the subject of its token, or its address, and stays where it is. Left out: 0, nobody.',
    ),
  match: z
    .strictObject({
      header: z
        .strictObject({
          name: text(64).describe('Name of a header of your own, for example X-Canary.'),
          value: text(64).describe('The value that it must have, compared without regard to case.'),
        })
        .describe('The header.'),
    })
    .optional()
    .describe('Requests with this header are served by the second engine, whatever the weight. Left out: none.'),
});

const mirror = z.strictObject({
  to: text(20).describe('Name of another environment of this cache.'),
  percent: z.int().min(0).max(100).describe('Share of the requests for modules, in percent.'),
});

export const environment = z.strictObject({
  name: text(20).describe(
    'Name of the environment: the path prefix, the value of X-Env, and a part of the names of its objects.',
  ),
  default: z
    .boolean()
    .optional()
    .describe(
      'Whether this is the default environment, which gets the requests that name none. One at most. ' +
        'Without any: the environment called prod, or the only one.',
    ),
  hostnames: z
    .array(hostname().describe('A host name.'))
    .max(8)
    .check(unique((item) => item))
    .meta(SET)
    .optional()
    .describe('Host names that choose this environment, for example staging.goproxy.acme.example.'),
  replicas: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe(
      'Number of engine pods: 1 (the default), or 0 to stop the environment; files in the cache of the gateway are served all the same.',
    ),
  storage: storage()
    .optional()
    .describe(
      'Storage of this environment; replaces spec.storage as a whole. Fields left out have the defaults ' +
        "PersistentVolumeClaim, 10Gi, the cluster's default class and Retain, not the values of spec.storage.",
    ),
  resources: resources()
    .optional()
    .describe("Resources of this environment's engine; replaces spec.engine.resources as a whole."),
  upstreams: upstreams()
    .optional()
    .describe('Where this environment gets what it lacks; replaces spec.upstreams as a whole.'),
  canary: canary
    .optional()
    .describe(
      'A second engine beside the first, for a part of the clients. Its answers are cached apart. Left out: none.',
    ),
  mirror: mirror
    .optional()
    .describe(
      'Repeats a share of the requests to another environment and throws the answers away; no client waits for them. Left out: none.',
    ),
  access: access
    .optional()
    .describe(
      'Whom this environment serves. A request that names it is not served by that alone. Needs gateway.auth. Left out: all whom gateway.auth lets in.',
    ),
});

export type Canary = z.output<typeof canary>;
export type Environment = z.output<typeof environment>;
