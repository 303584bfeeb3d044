import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { run } from '../../support/run.ts';

export interface Certificate {
  /** File with the certificate, which is its own authority. */
  readonly file: string;
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for a name or an IPv4 address, valid for a day. */
export async function makeCertificate(folder: string, name: string): Promise<Certificate> {
  const [file, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${isIPv4(name) ? 'IP' : 'DNS'}:${name}`];
  const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  await run('openssl', ['req', ...options, ...subject, '-out', file, '-keyout', keyFile]);
  return { file, cert: readFileSync(file, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}
