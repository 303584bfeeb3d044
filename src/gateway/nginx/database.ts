import { checksumDatabaseTimeouts } from '../model.ts';
import type { GatewayChecksumDatabase } from '../model.ts';
import { environmentAnswerHeader, lookupFreshness } from '../protocol.ts';
import { behindEdge, behindEdgeGroup, freshnessMap, ownDecisions, passThrough } from './behind.ts';
import { certificateAuthorities, databaseSocket } from './paths.ts';
import { block, gap, line, regex, text, why } from './syntax.ts';
import type { Node, Nodes } from './syntax.ts';

/** How long a lookup lives, and the connections from EDGE. */
export function databaseGroup(): Nodes {
  return [freshnessMap('gateway_lookup', lookupFreshness), behindEdgeGroup('database', databaseSocket)];
}

/** Asks the checksum database, and says how long a good answer lives. */
export function databaseServer({ name, url }: GatewayChecksumDatabase): Node {
  const { protocol, host, hostname, pathname } = new URL(url);
  const base = pathname.replace(/\/$/, '');
  const location = (path: string, freshness: string): Node =>
    block`location ${text`${base}/${path}`}`(
      line`add_header Cache-Control $${freshness}`,
      line`proxy_pass $gateway_database`,
    );
  return block`server`(
    behindEdge(databaseSocket),
    gap,
    why(
      'A variable, so that the name is looked up when it is needed: a dead DNS server does not keep nginx from starting.',
    ),
    line`set $gateway_database ${`${protocol}//${host}`}`,
    line`rewrite ${regex`^/sumdb/${name}(?<gateway_database_path>/.+)$`} ${text`${base}$gateway_database_path`}`,
    gap,
    line`proxy_set_header Host ${host}`,
    line`proxy_set_header Connection ${''}`,
    line`proxy_set_header ${environmentAnswerHeader} ${''}`,
    line`proxy_read_timeout ${checksumDatabaseTimeouts.engine}s`,
    passThrough(),
    ownDecisions(),
    protocol === 'https:' ? tls(hostname) : [],
    gap,
    location('tile/', 'gateway_immutable'),
    location('lookup/', 'gateway_lookup'),
    location('latest', 'gateway_mutable'),
    gap,
    line`error_page 502 504 @database`,
    block`location @database`(line`return 502 ${text`The checksum database ${name} does not answer.\n`}`),
  );
}

function tls(serverName: string): Nodes {
  return [
    line`proxy_ssl_server_name on`,
    line`proxy_ssl_name ${serverName}`,
    line`proxy_ssl_verify on`,
    line`proxy_ssl_verify_depth 5`,
    line`proxy_ssl_trusted_certificate ${certificateAuthorities}`,
    line`proxy_ssl_protocols TLSv1.2 TLSv1.3`,
  ];
}
