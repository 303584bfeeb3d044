import { runFolder } from '../nginx/paths.ts';

/** Written by entrypoint.sh when nginx serves the config that its files belong to. Of Envoy alone: nginx' sockets are not in it. */
export const envoyFolder = `${runFolder}/envoy`;
export const adminSocket = `${envoyFolder}/admin.sock`;
export const listenersFile = `${envoyFolder}/listeners.json`;
export const routesFile = `${envoyFolder}/routes.json`;
/** It never changes, it only names the files of the certificate. */
export const certificateFile = `${envoyFolder}/certificate.json`;
