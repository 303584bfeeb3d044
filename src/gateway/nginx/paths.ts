/** Where the pod has what. The root filesystem is read-only; the first folder is a memory volume, the second the cache. */
export const runFolder = '/run/gateway';
export const cacheFolder = '/var/cache/gateway';
export const originSocket = `${runFolder}/origin.sock`;
/** Written by entrypoint.sh before nginx starts, because the address of the DNS server is known only in the pod. */
export const resolverFile = `${runFolder}/resolver.conf`;
/** Written by entrypoint.sh, served as `/-/status`. */
export const statusFile = `${runFolder}/status.json`;
/** Where Alpine and Debian keep the certificates of the public authorities. */
export const certificateAuthorities = '/etc/ssl/certs/ca-certificates.crt';
