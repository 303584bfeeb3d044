import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { access } from './support/access.ts';
import type { Harness } from './support/harness.ts';
import { NAMESPACE, startHarness, until } from './support/harness.ts';

/** With the controller that adds up roles. */
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ controllers: true });
  await access(harness);
  for (const role of ['view', 'edit', 'admin']) {
    const binding = ['create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}or`, '-n', NAMESPACE];
    await harness.kubectl(binding);
  }
}, 120_000);
afterAll(() => harness.stop());

const KIND = 'goproxycaches.goproxycache.io';

/** Whether somebody who has the usual role in the namespace may do something there. */
const may = (role: string, verb: string, subresource = ''): Promise<boolean> =>
  harness
    .kubectl(['auth', 'can-i', verb, KIND, `--subresource=${subresource}`, '-n', NAMESPACE, `--as=${role}or`])
    .then(
      () => true,
      () => false,
    );

test.each([
  { role: 'view', verbs: 'get list watch', not: 'create update patch delete deletecollection' },
  { role: 'edit', verbs: 'get list watch create update patch delete deletecollection', not: '' },
  { role: 'admin', verbs: 'get list watch create update patch delete deletecollection', not: '' },
])('who has the role $role in a namespace may $verbs caches there', async ({ role, verbs, not }) => {
  for (const verb of verbs.split(' ')) await until(`${verb} is allowed`, () => may(role, verb));
  for (const verb of not.split(' ').filter(Boolean)) expect([verb, await may(role, verb)]).toEqual([verb, false]);
  // The operator's alone.
  expect(await may(role, 'patch', 'status')).toBe(false);
  expect(await may(role, 'patch', 'scale')).toBe(role !== 'view');
});
