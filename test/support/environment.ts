import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

/** Where the testbed and its test data live, outside the checkout. */
export const TESTBED_FOLDER = process.env.GPC_TESTBED_DIR ?? join(homedir(), '.cache/goproxycache-testbed');

/** Whether tests run on a cluster of the user's own (KUBECONFIG) instead of the testbed. */
export const EXISTING_CLUSTER = process.env.GPC_USE_EXISTING_CLUSTER === '1';

/** The address of the testbed's node: pods reach servers of this machine there. */
export const NODE_ADDRESS = '172.30.0.1';

/** Images of the pods under test. An existing cluster uses the public defaults, so nothing is replaced there. */
export const TESTBED_IMAGES = EXISTING_CLUSTER
  ? undefined
  : { engine: 'localhost/athens:v0.18.1', gateway: 'localhost/nginx:1.22', envoy: 'localhost/envoy:1.40' };

/** Environment of programs that talk to the cluster. */
export const clusterEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [join(TESTBED_FOLDER, 'bin'), process.env.PATH].join(delimiter),
  ...(!EXISTING_CLUSTER && { KUBECONFIG: join(TESTBED_FOLDER, 'run/admin.kubeconfig') }),
});
