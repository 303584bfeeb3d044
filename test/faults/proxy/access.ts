import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const CERTIFICATES = join(import.meta.dirname, '../../testbed/certificates.sh');

/** Makes a certificate authority and a certificate for the loopback in a folder, with the functions of the testbed. */
export function makeServerCertificate(folder: string): { ca: Buffer; cert: Buffer; key: Buffer } {
  const script = `set -euo pipefail
    . "$1"
    certificate_authority "$2"
    certificate "$2" proxy /CN=fault-proxy DNS:localhost,IP:127.0.0.1`;
  execFileSync('bash', ['-c', script, 'certificates', CERTIFICATES, folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const read = (name: string) => readFileSync(join(folder, name));
  return { ca: read('ca.crt'), cert: read('proxy.crt'), key: read('proxy.key') };
}

/** Writes a kubeconfig without credentials: the proxy has them. Gives its path. */
export async function writeKubeconfig(folder: string, instance: string, server: string, ca: Buffer): Promise<string> {
  const name = 'fault-proxy';
  const file = join(folder, `${instance}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': ca.toString('base64') } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
