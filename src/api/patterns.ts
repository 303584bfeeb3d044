/**
 * Regular expressions that the CRD (RE2, inside CEL) and TypeScript share.
 * They keep to what both dialects read alike, and write a literal dot as [.] so that no backslash has to survive CEL's quoting.
 */

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*';

/** A DNS label that starts with a letter (a Service name must, RFC 1035). */
export const DNS_LABEL = '^[a-z]([-a-z0-9]*[a-z0-9])?$';

/** A host name of one or more labels: no wildcard, no port. Names of most Kubernetes objects have the same form. */
export const HOSTNAME = `^${SUBDOMAIN}$`;

const LABEL = '[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?';
/** A last label that starts with a digit would make the whole an IPv4 address in a spelling of its own (RFC 3986, WHATWG). */
const LAST_LABEL = '[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?';
/** 0 to 255. */
const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
/** 1 to 65535. */
const PORT = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';

/**
 * A proxy's address: scheme, host name or IPv4 address, optional port and path. Nothing that has a meaning in a GOPROXY list
 * (comma, pipe), in a URL beyond the path (user, query, fragment) or in a configuration file (quotes, spaces, braces).
 */
export const PROXY_URL = `^https?://((${LABEL}[.])*${LAST_LABEL}|(${OCTET}[.]){3}${OCTET})(:${PORT})?(/[-A-Za-z0-9._~/]*)?$`;

/** Goes with PROXY_URL, which cannot count across labels: a host is as long as DNS admits. */
export const HOST_LENGTH = '^https?://[^/:]{1,253}([/:]|$)';

/** Text of one line that a header and a JSON document can hold as it is. */
export const PRINTABLE = '^[ -~]+$';

/** The same without a space: an issuer or an audience, which are URLs or names (RFC 7519, StringOrURI). */
export const VISIBLE = '^[!-~]+$';

/** The name of a claim, or a path with dots: the characters of names and URLs. */
export const CLAIM = '^[A-Za-z0-9_:/.@-]+$';

/** The key of a Secret. */
export const SECRET_KEY = '^[-._a-zA-Z0-9]+$';

const ELEMENT = '([-A-Za-z0-9._~]+|[-A-Za-z0-9._~]*[*][-A-Za-z0-9._~]*)';
/** A pattern of GOPRIVATE (golang.org/x/mod/module.MatchPrefixPatterns), with at most one * in an element, and without ? and []. */
export const MODULE_PATTERN = `^${ELEMENT}(/${ELEMENT})*$`;

/** A Kubernetes quantity without sign and exponent: 500m, 2, 1.5Gi. */
export const QUANTITY = '^[0-9]{1,15}([.][0-9]{1,3})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$';

/** A size in bytes: a quantity without milli. */
export const SIZE = '^[0-9]{1,15}([.][0-9]{1,3})?(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$';

/** An image reference: registry, path, tag and digest characters only. */
export const IMAGE = '^[a-zA-Z0-9]([-a-zA-Z0-9._:/]*[a-zA-Z0-9])?(@sha256:[a-f0-9]{64})?$';

/** A request header that somebody made up, so that it can hold no credential and means nothing to a proxy on the way. */
export const OWN_HEADER = '^[Xx]-([A-Za-z0-9]+-)*[A-Za-z0-9]+$';

/** The value of such a header: one word. */
export const HEADER_VALUE = '^[-A-Za-z0-9._]+$';

/** The key of an annotation: a name, maybe with a domain before it. */
export const ANNOTATION = '^([A-Za-z0-9][-A-Za-z0-9.]*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';

/** The key of a label: a name, maybe with a host name before it. */
export const LABEL_KEY = `^(${SUBDOMAIN}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`;

/** The value of a label. */
export const LABEL_VALUE = '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$';

/** Lower-case names of request headers that proxies write, the gateway among them. */
export const TAKEN_HEADER = '^x-(cache|envoy|forwarded|gateway|goproxycache|real|request)(-.*)?$';
