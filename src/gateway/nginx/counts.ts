import type { GatewayModel } from '../model.ts';
import { variantLabel } from './canary.ts';
import { countedFiles } from './paths.ts';
import { line, text, why } from './syntax.ts';
import type { Nodes, Word } from './syntax.ts';

/** Labels of all that is counted. A value belongs to a small closed set: no path, no client, nothing a client can choose freely. */
const labels = (model: GatewayModel): Word =>
  text`environment="$gateway_environment",cache="$upstream_cache_status"${variantLabel(model)}`;

/** More labels of `requests_total`, which is cheap; those above multiply histograms. */
const requestLabels = ({ auth }: GatewayModel): Word =>
  auth === undefined ? text`status="$status"` : text`status="$status",role="$gateway_role"`;

/** The log that pod/counts.awk reads; the labels are printed by it as they stand here. */
export function countsFormat(model: GatewayModel): Nodes {
  return line`log_format counts ${text`${labels(model)}|${requestLabels(model)}|$proxy_host|$request_time|$bytes_sent|$upstream_response_time`}`;
}

/** Where the log goes is said by who empties it. A pod whose entrypoint.sh is older than this has no such file, and no log. */
export function countedRequests(): Nodes {
  return [why('For /metrics, while entrypoint.sh counts.'), line`include ${countedFiles}`];
}
