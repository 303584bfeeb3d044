import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { installation } from '../../../src/install/install.ts';
import type { InstallOptions } from '../../../src/install/options.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resourceOf } from '../../../src/kube/paths.ts';
import type { AuditedWrite } from '../../support/audit.ts';
import { describeWrite, parseWrites } from '../../support/audit.ts';
import type { Harness } from './harness.ts';
import { until } from './harness.ts';

/** What an installed operator may do, with a token of its own for each process. */
export interface Access {
  kubeconfigPath: string;
  /** All that a process with this token has written, and tried to write, as the audit log has it. */
  readonly writes: () => Promise<string[]>;
}

const RIGHTS = new Set(['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']);
const CREDENTIAL = 'authentication.kubernetes.io/credential-id';
let count = 0;

/** Nobody renews the token, and a soak takes more than two hours. */
const DAY_SECONDS = 24 * 60 * 60;

/** Gives the operator the rights that `goproxycache install` gives it, and a new token of its service account. */
export async function access(harness: Harness, options: InstallOptions = {}): Promise<Access> {
  const objects = installation(options) as KubeObject[];
  for (const object of objects.filter(({ kind }) => RIGHTS.has(kind)))
    await harness.client.apply(resourceOf(object), object);
  const account = objects.find(({ kind }) => kind === 'ServiceAccount');
  if (!account) throw new Error('the installation has no service account');
  const { namespace = '', name } = account.metadata;
  const { status } = await harness.client.transport.json<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: DAY_SECONDS } },
    },
  );
  const kubeconfigPath = join(dirname(harness.kubeconfigPath), `operator-${String(++count)}.kubeconfig`);
  const admin = load(await readFile(harness.kubeconfigPath, 'utf8')) as { users: object[] };
  const [user] = admin.users as { name: string }[];
  const mine = { ...admin, users: [{ name: user?.name, user: { token: status.token } }] };
  await writeFile(kubeconfigPath, JSON.stringify(mine), { mode: 0o600 });
  await until('the rights are in force', () => mayListCaches(harness, options, kubeconfigPath));
  const { jti } = JSON.parse(Buffer.from(status.token.split('.')[1] ?? '', 'base64url').toString()) as { jti: string };
  const isMine = ({ user }: AuditedWrite) => user.extra?.[CREDENTIAL]?.includes(`JTI=${jti}`);
  return {
    kubeconfigPath,
    writes: async () =>
      parseWrites(await readFile(harness.server.auditLogPath, 'utf8'))
        .filter(isMine)
        .map(describeWrite),
  };
}

/** The authorizer follows new roles with a small delay. */
async function mayListCaches({ kubectl }: Harness, options: InstallOptions, file: string): Promise<boolean> {
  const where = options.watchNamespaces?.map((namespace) => ['-n', namespace]) ?? [['-A']];
  const answers = where.map((flags) => kubectl(['--kubeconfig', file, 'get', 'goproxycaches', ...flags]));
  return Promise.all(answers).then(
    () => true,
    () => false,
  );
}

/** Without the renewals of a Lease. */
export const butLeases = (writes: string[]): string[] => writes.filter((write) => !write.includes(' leases '));
