import type { GatewayModel } from '../model.ts';
import { certificateSocket, edgeSocket, tlsFolder } from './paths.ts';
import { block, gap, line, why } from './syntax.ts';
import type { Nodes } from './syntax.ts';

/** Where EDGE listens, and its own certificate. */
export function listens({ type, ports: { http, https }, clientAddress }: GatewayModel): Nodes {
  if (type === 'Envoy') return line`listen unix:${edgeSocket} default_server`;
  const proxied = clientAddress?.source === 'ProxyProtocol';
  return [
    http === undefined
      ? []
      : proxied
        ? line`listen ${http} default_server proxy_protocol`
        : line`listen ${http} default_server`,
    https === undefined ? [] : [secure(https, proxied), gap],
  ];
}

function secure(port: number, proxied: boolean): Nodes {
  return [
    why(
      'HTTP/1.1: a go command has as many requests on their way as it has processors, each on a connection that is kept.',
    ),
    proxied ? line`listen ${port} ssl default_server proxy_protocol` : line`listen ${port} ssl default_server`,
    certificate(),
    line`ssl_protocols TLSv1.2 TLSv1.3`,
    line`ssl_session_cache shared:tls:10m`,
    line`ssl_session_timeout 1d`,
    why('The key of a ticket lives as long as nginx does, which is too long.'),
    line`ssl_session_tickets off`,
  ];
}

function certificate(): Nodes {
  return [line`ssl_certificate ${tlsFolder}/tls.crt`, line`ssl_certificate_key ${tlsFolder}/tls.key`];
}

/** A server that nobody asks. Envoy refuses a broken certificate silently; nginx says what is wrong with it, for the status. */
export function certificateServer({ type, ports: { https } }: GatewayModel): Nodes {
  if (type !== 'Envoy' || https === undefined) return [];
  return [
    why('CERTIFICATE: asked by nobody, so that a broken certificate is found before Envoy is to show it.'),
    block`server`(line`listen unix:${certificateSocket} ssl`, line`access_log off`, certificate(), line`return 404`),
    gap,
  ];
}
