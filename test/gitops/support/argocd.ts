import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterEnvironment } from '../../support/environment.ts';
import { eventually } from '../../support/eventually.ts';
import { kubectl, read } from '../../support/kubectl.ts';
import { run } from '../../support/run.ts';

export const ARGOCD_NAMESPACE = 'argocd';

/** The part of an Application that these tests read. */
export interface Application {
  metadata: { name: string; annotations?: Record<string, string> };
  status?: {
    sync?: { status: string; revision?: string };
    health?: { status: string };
    resources?: {
      kind: string;
      name: string;
      namespace?: string;
      status?: string;
      health?: { status: string; message?: string };
    }[];
    operationState?: {
      phase: string;
      message?: string;
      startedAt: string;
      finishedAt?: string;
      syncResult?: { revision: string; resources?: { kind: string; name: string; status: string; message?: string }[] };
    };
    history?: { id: number; revision: string }[];
    conditions?: { type: string; message: string }[];
    reconciledAt?: string;
  };
}

/** Runs Argo CD's own command against the API server of argocd.sh. */
export const argocd = (...args: string[]): Promise<string> =>
  run(
    'argocd',
    [...args, '--plaintext', '--server', '127.0.0.1:27083', '--config', join(tmpdir(), 'no-argocd-config')],
    {
      env: clusterEnvironment(),
    },
  );

export const readApplication = (name: string): Promise<Application | undefined> =>
  read<Application>('applications.argoproj.io', name, ARGOCD_NAMESPACE);

/** Asks Argo CD to look at git and the cluster anew; resolves when it has. */
export async function refresh(name: string): Promise<void> {
  await kubectl([
    'annotate',
    'applications.argoproj.io',
    name,
    '-n',
    ARGOCD_NAMESPACE,
    '--overwrite',
    'argocd.argoproj.io/refresh=hard',
  ]);
  await eventually(`Argo CD has refreshed ${name}`, 60, async () => {
    const waits = (await readApplication(name))?.metadata.annotations?.['argocd.argoproj.io/refresh'] !== undefined;
    return waits ? { missing: 'the annotation is still there' } : { value: undefined };
  });
}

export interface WantedState {
  /** Synced to this revision; left out, to any. */
  revision?: string;
  sync?: 'Synced' | 'OutOfSync';
  health?: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing';
}

/** Whether an Application shows a state. Argo CD may have begun an operation that it has not ended yet: that is none. */
export function shows({ status }: Application, { revision, sync = 'Synced', health }: WantedState): boolean {
  return (
    status?.sync?.status === sync &&
    (revision === undefined || status.sync.revision === revision) &&
    (health === undefined || status.health?.status === health)
  );
}

/** Waits until an Application shows a state, and gives it. */
export function becomes(name: string, wanted: WantedState, timeoutSeconds = 120): Promise<Application> {
  return eventually(`${name} is ${JSON.stringify(wanted)}`, timeoutSeconds, async () => {
    const application = await readApplication(name);
    if (application !== undefined && shows(application, wanted)) return { value: application };
    return { missing: describeApplication(application) };
  });
}

/** The state of an Application in one line, for people who read a failed test. */
export function describeApplication(application: Application | undefined): string {
  if (application === undefined) return 'there is no such Application';
  const { sync, health, operationState, resources, conditions } = application.status ?? {};
  const ill = (resources ?? []).filter(
    (resource) => resource.status !== 'Synced' || (resource.health?.status ?? 'Healthy') !== 'Healthy',
  );
  return JSON.stringify({
    sync: sync?.status,
    revision: sync?.revision,
    health: health?.status,
    operation: operationState?.phase,
    message: operationState?.message,
    resources: ill.map(({ kind, name, status, health }) => [kind, name, status, health?.status, health?.message]),
    conditions,
  }).slice(0, 3000);
}
