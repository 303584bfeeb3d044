/** Where the testbed keeps its things; settings.sh says the same to the scripts. */
import { homedir } from 'node:os';
import { join } from 'node:path';

const chosen = process.env['GPC_TESTBED_DIR'];

/** Absolute path of the testbed's folder: bin/, images/, logs/, run/ and volumes/ are below it. */
export const testbedFolder =
  chosen === undefined || chosen === '' ? join(homedir(), '.cache/goproxycache-testbed') : chosen;

/** The testbed's cluster as its administrator sees it; exists while the testbed is up. */
export const adminKubeconfig = join(testbedFolder, 'run/admin.kubeconfig');
