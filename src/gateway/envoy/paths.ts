import { configFolder, runFolder } from '../nginx/paths.ts';

/** Written by entrypoint.sh when nginx serves the config that these belong to. Of Envoy alone: nginx' sockets are not in it. */
export const envoyFolder = `${runFolder}/envoy`;
export const adminSocket = `${envoyFolder}/admin.sock`;
export const listenersFile = `${envoyFolder}/listeners.json`;
export const routesFile = `${envoyFolder}/routes.json`;
/** As mounted: it never changes, it only names the files of the certificate. */
export const certificateFile = `${configFolder}/envoy-certificate.json`;
