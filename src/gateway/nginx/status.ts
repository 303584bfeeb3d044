import type { GatewayModel } from '../model.ts';
import { keysReadyFile, metricsFile, statusFile, statusSocket, waitingFile } from './paths.ts';
import { block, line, text, whenFile, why } from './syntax.ts';
import type { Node } from './syntax.ts';

/**
 * The server for the kubelet and the operator. The generation it answers is the one nginx has really loaded. Without one: what the generation
 * is made of.
 */
export function statusServer({ auth, ports }: GatewayModel, generation?: string): Node {
  return block`server`(
    line`listen ${ports.status}`,
    line`listen unix:${statusSocket}`,
    line`access_log off`,
    line`open_file_cache off`,
    block`location = /healthz`(line`return 200 ${text`ok\n`}`),
    block`location = /readyz`(
      generation === undefined
        ? []
        : whenFile(waitingFile, line`return 503 ${text`This pod waits for the engines.\n`}`),
      auth === undefined
        ? line`return 200 ${text`ok\n`}`
        : [why('There are keys to verify tokens with.'), line`log_not_found off`, line`alias ${keysReadyFile}`],
    ),
    block`location = /stub_status`(line`stub_status`),
    block`location = /-/generation`(line`return 200 ${text`${generation ?? ''}\n`}`),
    block`location = /-/status`(
      line`default_type application/json`,
      line`add_header Cache-Control no-store`,
      line`alias ${statusFile}`,
    ),
    block`location = /metrics`(
      line`default_type ${'text/plain; version=0.0.4; charset=utf-8'}`,
      line`alias ${metricsFile}`,
    ),
    block`location /`(line`return 404 ${text`Here are /healthz, /readyz, /stub_status, /metrics and /-/status.\n`}`),
  );
}
