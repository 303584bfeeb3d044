import * as z from 'zod';
import { checksumDatabase, engine, privateModules } from './spec/engine.ts';
import { environment } from './spec/environments.ts';
import { exposure, monitoring } from './spec/exposure.ts';
import { LIST_MAP, objectName, unique } from './spec/fields.ts';
import { gateway } from './spec/gateway.ts';
import { storage } from './spec/storage.ts';
import { upstreams } from './spec/upstreams.ts';

/**
 * The one definition of what a user may write. From it come the TypeScript types, the parser, crds/ and docs/api.md.
 * Cross-field rules live in rules.ts. Objects are strict, so that the parser reports fields it does not know.
 *
 * effective.ts fills two kinds of defaults that are not in the CRD: those of list items, since Argo CD would report them as a
 * difference for ever and server-side apply would leave ghosts of them; and those of fields that belong to one variant of a
 * union, since a stored default would stay behind when the variant changes.
 */

/** spec of a GoProxyCache. `{}` is valid: one environment called prod on a 10Gi volume behind two gateway pods. */
export const Spec = z
  .strictObject({
    paused: z
      .boolean()
      .default(false)
      .describe('Whether the operator leaves all objects of this cache as they are. Status is still reported.'),
    imagePullSecrets: z
      .array(
        z
          .strictObject({ name: objectName().describe('Name of a Secret of type kubernetes.io/dockerconfigjson.') })
          .describe('A reference to a Secret in the same namespace.'),
      )
      .max(8)
      .check(unique(({ name }) => name))
      .meta(LIST_MAP('name'))
      .optional()
      .describe('Secrets for pulling images from a private registry.'),
    engine: engine.prefault({}).describe('The engines: one for each environment.'),
    upstreams: upstreams()
      .optional()
      .describe(
        'Where modules come from, in order. Left out: GoDefault. The order is a part of the meaning, so the list is replaced as a whole.',
      ),
    checksumDatabase: checksumDatabase.prefault({}).describe('The checksum database (GOSUMDB).'),
    privateModules: z
      .array(privateModules)
      .max(8)
      .check(unique(({ name }) => name))
      .meta(LIST_MAP('name'))
      .optional()
      .describe(
        'Modules that are not for everybody: with gateway.auth they need the role User, and no checksum database is asked for them.',
      ),
    storage: storage().prefault({}).describe('Storage of each environment that has none of its own.'),
    environments: z
      .array(environment.describe('An isolated pool: an engine with storage and upstreams of its own.'))
      .min(1)
      .max(16)
      .check(unique(({ name }) => name))
      .meta(LIST_MAP('name'))
      .optional()
      .describe('The environments. Left out: one, called prod.'),
    gateway: gateway.prefault({}).describe('The gateway in front of all environments.'),
    exposure: exposure.prefault({}).describe('How the gateway is reached.'),
    monitoring: monitoring
      .optional()
      .describe('How the cache is watched. Left out: metrics are served, and nobody is told.'),
  })
  .describe('What the cache should be.');

/** The spec as a user writes it. */
export type Spec = z.input<typeof Spec>;
/** The spec with the defaults of the CRD filled in. */
export type ParsedSpec = z.output<typeof Spec>;
export type { Canary, Environment } from './spec/environments.ts';
export type { Resources } from './spec/fields.ts';
export type { Storage } from './spec/storage.ts';
export type { Upstream } from './spec/upstreams.ts';
