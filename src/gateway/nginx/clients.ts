import type { GatewayModel } from '../model.ts';
import { block, gap, line, text, when, why } from './syntax.ts';
import type { Nodes } from './syntax.ts';

/** Memory for the counters: a MiB holds about 16,000 addresses, and old ones make room for new ones. */
const countersMiB = 10;

/** Who is admitted, and where requests and connections of an address are counted. */
export function clientMaps({ allowedCIDRs, limits }: GatewayModel): Nodes {
  const counted = limits.key === 'Subject' ? 'gateway_counted' : 'binary_remote_addr';
  return [
    allowedCIDRs === undefined
      ? []
      : [
          block`geo $gateway_admitted`(
            line`default 0`,
            allowedCIDRs.map((cidr) => line`${cidr} 1`),
          ),
          gap,
        ],
    limits.key === 'Subject'
      ? block`map $gateway_subject $gateway_counted`(line`default $gateway_subject`, line`${''} $binary_remote_addr`)
      : [],
    limits.requests === undefined
      ? []
      : line`limit_req_zone $${counted} zone=requests:${countersMiB}m rate=${limits.requests.perSecond}r/s`,
    limits.connections === undefined ? [] : line`limit_conn_zone $${counted} zone=connections:${countersMiB}m`,
    limits.requests === undefined && limits.connections === undefined ? [] : gap,
  ];
}

/** Whom the gateway takes for the client: in the log, in limits, and in the question who is admitted. */
export function clientAddress({ type, clientAddress: client }: GatewayModel): Nodes {
  if (type === 'Envoy') return behindEnvoy(client);
  if (client === undefined) return [];
  return [
    why('Believed only from these. The last address that is none of them is the client.'),
    client.trustedCIDRs.map((cidr) => line`set_real_ip_from ${cidr}`),
    line`real_ip_header ${client.source === 'ProxyProtocol' ? 'proxy_protocol' : 'X-Forwarded-For'}`,
    client.source === 'XForwardedFor' ? line`real_ip_recursive on` : [],
    gap,
  ];
}

/** Envoy is believed, and has added the other end of the connection to the list: its last address. */
function behindEnvoy(client: GatewayModel['clientAddress']): Nodes {
  return [
    why('Whoever reaches this socket is Envoy. The last address that is none of these is the client.'),
    line`set_real_ip_from unix:`,
    (client?.trustedCIDRs ?? []).map((cidr) => line`set_real_ip_from ${cidr}`),
    line`real_ip_header X-Forwarded-For`,
    client === undefined ? [] : line`real_ip_recursive on`,
    gap,
  ];
}

/** The first thing that is decided: strangers learn nothing of the gateway. */
export function admission({ allowedCIDRs }: GatewayModel): Nodes {
  if (allowedCIDRs === undefined) return [];
  return [
    when('$gateway_admitted', '=', text`0`, line`return 403 ${text`This gateway does not serve your address.\n`}`),
    gap,
  ];
}

/** Limits for each client address come before authentication, and for all of EDGE. */
export function limits(model: GatewayModel): Nodes {
  const { key, requests, connections } = model.limits;
  if (requests === undefined && connections === undefined) return [];
  return [
    key === 'Subject' ? [] : limited(model),
    line`error_page 429 @limited`,
    block`location @limited`(
      line`add_header Retry-After 1 always`,
      line`return 429 ${text`Too many requests from ${key === 'Subject' ? 'you' : 'your address'}: the limit of this gateway is reached.\n`}`,
    ),
    gap,
  ];
}

/** What comes too fast waits its turn: go does not try again after a 429, and gives the whole build up. */
export function limited({ limits: { requests, connections } }: GatewayModel): Nodes {
  return [
    requests === undefined ? [] : [line`limit_req zone=requests burst=${requests.burst}`, line`limit_req_status 429`],
    connections === undefined ? [] : [line`limit_conn connections ${connections}`, line`limit_conn_status 429`],
  ];
}
