import type { GatewayModel } from '../model.ts';
import { tlsFolder } from './paths.ts';
import { gap, line, why } from './syntax.ts';
import type { Nodes } from './syntax.ts';

/** Where EDGE listens, and its own certificate. */
export function listens({ ports: { http, https }, clientAddress }: GatewayModel): Nodes {
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
    line`ssl_certificate ${tlsFolder}/tls.crt`,
    line`ssl_certificate_key ${tlsFolder}/tls.key`,
    line`ssl_protocols TLSv1.2 TLSv1.3`,
    line`ssl_session_cache shared:tls:10m`,
    line`ssl_session_timeout 1d`,
    why('The key of a ticket lives as long as nginx does, which is too long.'),
    line`ssl_session_tickets off`,
  ];
}
