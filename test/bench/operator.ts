/**
 * `npm run bench:operator`: server-side applies per second through our transport beside stock client-node, and the time from
 * creating caches until all their objects are there, on a real API server of its own. `-- -o json` for programs. Figures are
 * ratios within one run: machines differ, and so do hours.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startApiServer } from '../testbed/apiserver.ts';
import type { ChildrenResult } from './children.ts';
import { benchChildren } from './children.ts';
import { benchTransport, formatResults } from './transport.ts';

const { values } = parseArgs({ options: { output: { type: 'string', short: 'o', default: 'table' } } });
const json = values.output === 'json';
const say = (text: string) => process.stderr.write(`${text}\n`);

function table(results: ChildrenResult[]): string {
  const rows = results.map(({ caches, childrenEach, milliseconds, rssMiB }) => {
    const objects = caches * childrenEach;
    const rate = (objects / milliseconds) * 1000;
    return `${String(caches).padStart(6)}  ${String(objects).padStart(7)}  ${(milliseconds / 1000).toFixed(2).padStart(11)}  ${rate.toFixed(0).padStart(9)}  ${rssMiB.toFixed(0).padStart(7)}`;
  });
  return ['caches  objects  all there s  objects/s  RSS MiB', ...rows].join('\n');
}

say('building what the API server needs (test/testbed/build.sh apiserver)');
const built = spawnSync(join(import.meta.dirname, '../testbed/build.sh'), ['apiserver'], { stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(1);
const server = await startApiServer();
try {
  say('server-side applies of ConfigMaps, 16 at a time, in turns');
  const transport = await benchTransport({ kubeconfig: server.kubeconfigPath });
  say('from kubectl apply of 1 and of 100 caches of spec: {} until all their objects are there');
  const children = await benchChildren(server.kubeconfigPath, [1, 100]);
  console.log(
    json ? JSON.stringify({ transport, children }, null, 2) : `${formatResults(transport)}\n\n${table(children)}`,
  );
} finally {
  await server.stop();
}
