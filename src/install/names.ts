/** Name of the operator's objects, and of its Lease. */
export const NAME = 'goproxycache-operator';
/** The Role that lets the operator take its Lease. */
export const LEASE_ROLE = `${NAME}-leader-election`;
/** Port of /healthz, /readyz and /metrics. */
export const HEALTH_PORT = 8080;

/** What selects the operator's pods: never changes during the life of a Deployment. Helm's instance is the release. */
export const SELECTOR = { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/instance': NAME };
export const LABELS = { ...SELECTOR, 'app.kubernetes.io/part-of': 'goproxycache' };

/** The name of a namespace: a DNS label (RFC 1123) of at most 63 characters. */
export const NAMESPACE = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';
/** What to write instead of what is no such name. */
export const NAMESPACE_REMEDY = "must be at most 63 lower-case letters, digits and '-': write for example goproxy";
