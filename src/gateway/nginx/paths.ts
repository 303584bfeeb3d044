/** Where the pod has what. The root filesystem is read-only; the first folder is a memory volume, the second the cache. */
export const runFolder = '/run/gateway';
export const cacheFolder = '/var/cache/gateway';
/** Of EDGE, when Envoy is in front of it. */
export const edgeSocket = `${runFolder}/edge.sock`;
/** Of a server that nobody asks: it is there so that nginx tests the certificate that Envoy shows. */
export const certificateSocket = `${runFolder}/certificate.sock`;
/** Of the servers behind EDGE. */
export const enginesSocket = `${runFolder}/engines.sock`;
export const canariesSocket = `${runFolder}/canaries.sock`;
export const peersSocket = `${runFolder}/peers.sock`;
export const mirrorSocket = `${runFolder}/mirror.sock`;
export const databaseSocket = `${runFolder}/database.sock`;
/** Of the status server, for entrypoint.sh, which need not know the port. */
export const statusSocket = `${runFolder}/status.sock`;
/** Written by entrypoint.sh before nginx starts, because the address of the DNS server is known only in the pod. */
export const resolverFile = `${runFolder}/resolver.conf`;
/** Written by entrypoint.sh, served as `/-/status`. */
export const statusFile = `${runFolder}/status.json`;
/** Written by entrypoint.sh: the access log of counted requests. A pattern, so that it may be missing. */
export const countedFiles = `${runFolder}/counted*.conf`;
/** Written by entrypoint.sh, served as `/metrics`. */
export const metricsFile = `${runFolder}/metrics`;
/** Where Alpine and Debian keep the certificates of the public authorities. */
export const certificateAuthorities = '/etc/ssl/certs/ca-certificates.crt';
/** Where the Secret with the gateway's own certificate is mounted. entrypoint.sh reloads nginx when it changes. */
export const tlsFolder = '/etc/gateway-tls';
/** Requests and copies share it. */
export const accessLogFile = '/dev/stdout';
/** Where the Secrets with the keys of token issuers are mounted: a file NAME.json for each issuer. */
export const jwksFolder = '/etc/gateway-jwks';
/** A memory volume of the container of nginx alone: nothing else in the pod sees keys and tokens. */
export const authFolder = '/run/gateway-auth';
/** The keys that tokens are verified with, and those that entrypoint.sh offers. */
export const keysFolder = `${authFolder}/keys`;
export const offeredKeysFolder = `${authFolder}/offered`;
/** Made by entrypoint.sh when the first keys are there: until then the pod is not ready. */
export const keysReadyFile = `${keysFolder}/ready`;
/** Made and removed by entrypoint.sh: while it is there the pod is not ready. */
export const waitingFile = `${runFolder}/waiting`;
/** Of the server that verifies tokens. */
export const authSocket = `${runFolder}/auth.sock`;
/** Where both Debian and the official image have nginx' JavaScript module. */
export const scriptModule = '/usr/lib/nginx/modules/ngx_http_js_module.so';
