import { countedFiles } from './paths.ts';
import { line, text, why } from './syntax.ts';
import type { Nodes } from './syntax.ts';

/** Labels of all that is counted. A value belongs to a small closed set: no path, no client, nothing a client can choose freely. */
const labels = text`environment="$gateway_environment",cache="$upstream_cache_status"`;

/** More labels of `requests_total`, which is cheap; those above multiply histograms. */
const requestLabels = text`status="$status"`;

/** The log that pod/counts.awk reads; the labels are printed by it as they stand here. */
export function countsFormat(): Nodes {
  return line`log_format counts ${text`${labels}|${requestLabels}|$proxy_host|$request_time|$bytes_sent|$upstream_response_time`}`;
}

/** Where the log goes is said by who empties it. A pod whose entrypoint.sh is older than this has no such file, and no log. */
export function countedRequests(): Nodes {
  return [why('For /metrics, while entrypoint.sh counts.'), line`include ${countedFiles}`];
}
