import type { GatewayModel } from '../model.ts';
import { runFolder, statusFile } from './paths.ts';
import { block, line, text, why } from './syntax.ts';
import type { Node } from './syntax.ts';

/** The server for the kubelet and the operator. The generation it answers is the one nginx has really loaded. */
export function statusServer({ ports }: GatewayModel, generation: string): Node {
  return block`server`(
    line`listen ${ports.status}`,
    why('For entrypoint.sh, which need not know the port.'),
    line`listen unix:${runFolder}/status.sock`,
    line`access_log off`,
    block`location = /healthz`(line`return 200 ${text`ok\n`}`),
    block`location = /readyz`(line`return 200 ${text`ok\n`}`),
    block`location = /stub_status`(line`stub_status`),
    block`location = /-/generation`(line`return 200 ${text`${generation}\n`}`),
    block`location = /-/status`(
      line`default_type application/json`,
      line`add_header Cache-Control no-store`,
      line`alias ${statusFile}`,
    ),
    block`location /`(line`return 404 ${text`Here are /healthz, /readyz, /stub_status and /-/status.\n`}`),
  );
}
