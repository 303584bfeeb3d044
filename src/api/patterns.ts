/**
 * Regular expressions that the CRD (RE2, inside CEL) and TypeScript share.
 * They keep to what both dialects read alike, and write a literal dot as [.] so that no backslash has to survive CEL's quoting.
 */

/** A DNS label that starts with a letter (a Service name must, RFC 1035). */
export const DNS_LABEL = '^[a-z]([-a-z0-9]*[a-z0-9])?$';

/** A host name of one or more labels: no wildcard, no port. Names of most Kubernetes objects have the same form. */
export const HOSTNAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

/**
 * A proxy's address: scheme, host, optional port and path. Nothing that has a meaning in a GOPROXY list (comma, pipe),
 * in a URL beyond the path (user, query, fragment) or in a configuration file (quotes, spaces, braces).
 */
export const PROXY_URL = '^https?://[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[-A-Za-z0-9._~/]*)?$';

/** A Kubernetes quantity without sign and exponent: 500m, 2, 1.5Gi. */
export const QUANTITY = '^[0-9]{1,15}([.][0-9]{1,3})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$';

/** A size in bytes: a quantity without milli. */
export const SIZE = '^[0-9]{1,15}([.][0-9]{1,3})?(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$';

/** An image reference: registry, path, tag and digest characters only. */
export const IMAGE = '^[a-zA-Z0-9]([-a-zA-Z0-9._:/]*[a-zA-Z0-9])?(@sha256:[a-f0-9]{64})?$';

/** The key of an annotation: a name, maybe with a domain before it. */
export const ANNOTATION = '^([A-Za-z0-9][-A-Za-z0-9.]*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
