import { expect, test } from '@jest/globals';
import { effective } from '../../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import type { Spec } from '../../../src/api/spec.ts';
import { validate } from '../../../src/api/validate.ts';
import { buildStatus } from '../../../src/reconcile/status.ts';
import { cacheOf } from './fixtures.ts';

type Routing = NonNullable<NonNullable<Spec['gateway']>['routing']>;

test.each<[Routing, string | undefined]>([
  [{}, 'http://acme.team.svc/dev'],
  [{ order: ['Header', 'PathPrefix'] }, 'http://acme.team.svc/dev'],
  [{ order: ['Host', 'Header'] }, undefined],
])('with the routing %j an environment has the address %s', (routing, url) => {
  const cache = cacheOf({ environments: [{ name: 'prod' }, { name: 'dev' }], gateway: { routing } });
  const { spec } = validate(cache);
  if (!spec) throw new Error('the spec is valid');
  const details = {
    spec: effective(spec, DEFAULT_IMAGES),
    gateway: undefined,
    engines: new Map(),
    wantedConfig: '',
    servedConfig: '',
  };
  const { environments } = buildStatus({ cache, verdicts: [], details, now: '2026-01-01T00:00:00Z' });
  expect(environments?.[1]?.url).toBe(url);
});
