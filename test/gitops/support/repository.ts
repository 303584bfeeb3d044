import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TESTBED_FOLDER } from '../../support/environment.ts';
import { run } from '../../support/run.ts';

/** A git repository that Argo CD reads: a work tree, and a bare repository that the git daemon of argocd.sh serves. */
export interface Repository {
  /** For spec.source.repoURL. */
  url: string;
  /** Of the work tree: change files here, then commit. */
  folder: string;
  /** Commits and pushes all that changed; gives the revision. */
  commit: (message: string) => Promise<string>;
  close: () => Promise<void>;
}

export async function createRepository(name: string): Promise<Repository> {
  const served = join(TESTBED_FOLDER, 'run/argocd/git', `${name}.git`);
  const folder = await mkdtemp(join(tmpdir(), 'gpc-gitops-'));
  await rm(served, { recursive: true, force: true });
  await mkdir(served, { recursive: true });
  // Nobody's own configuration of git shapes a test: no signing, no hooks, no other name of the branch.
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'platform',
    GIT_AUTHOR_EMAIL: 'platform@example.com',
    GIT_COMMITTER_NAME: 'platform',
    GIT_COMMITTER_EMAIL: 'platform@example.com',
  };
  const git = (...args: string[]) => run('git', args, { cwd: folder, env });
  await git('init', '--quiet', '--bare', '--initial-branch=main', served);
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', served);
  return {
    url: `git://127.0.0.1:27418/${name}.git`,
    folder,
    commit: async (message) => {
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
      await git('push', '--quiet', 'origin', 'main');
      return (await git('rev-parse', 'HEAD')).trim();
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
