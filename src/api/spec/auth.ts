import * as z from 'zod';
import { claim, LIST_MAP, objectName, SET, text, unique } from './fields.ts';

const jwt = z
  .strictObject({
    name: text(20).describe('Name of the issuer in the access log.'),
    issuer: text(1024).describe('The claim iss of its tokens, exactly: for example https://idp.acme.example.'),
    audiences: z
      .array(text(256).describe('An audience.'))
      .min(1)
      .max(8)
      .check(unique((item) => item))
      .meta(SET)
      .describe('The claim aud of its tokens: one of these.'),
    algorithms: z
      .array(z.enum(['HS512', 'RS256', 'ES256']).describe('An algorithm.'))
      .min(1)
      .max(3)
      .check(unique((item) => item))
      .meta(SET)
      .optional()
      .describe('Algorithms of its keys. A key has one, whatever a token says. Left out: all.'),
    roleClaim: claim()
      .optional()
      .describe(
        'The claim with the role, or a list with it: Guest, User or Admin; a name, or the way to it with dots (realm_access.roles). A token without one is a Guest. Left out: roles.',
      ),
    jwks: z
      .strictObject({
        secretRef: z
          .strictObject({
            name: objectName().describe('Name of the Secret.'),
            key: text(253).optional().describe('Key in the Secret. Left out: jwks.json.'),
          })
          .describe('Secret in the same namespace. New keys in it are taken up without a restart.'),
      })
      .describe('The keys that verify its tokens: a JSON Web Key Set (RFC 7517).'),
  })
  .describe('An issuer of tokens.');

export const auth = z.strictObject({
  anonymousRole: z
    .enum(['None', 'Guest'])
    .optional()
    .describe(
      'The role of who sends no token. Guest: modules that are not private. None (the default): nothing. A token that is not valid is refused with 401 in any case.',
    ),
  jwt: z
    .array(jwt)
    .min(1)
    .max(8)
    .check(unique(({ name }) => name))
    .meta(LIST_MAP('name'))
    .describe(
      'Who issues tokens (JSON Web Tokens), sent as Bearer by GOAUTH, or as the password of a .netrc. They need exp, iss and aud.',
    ),
});
