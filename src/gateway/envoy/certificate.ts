import { tlsFolder } from '../nginx/paths.ts';
import { typed } from './types.ts';

/** The name by which listeners ask for the certificate. */
export const certificateName = 'gateway';

/** The gateway's certificate, read again whenever the kubelet swaps the Secret. One that is broken is refused, the old one kept. */
export function certificate(): object {
  return {
    resources: [
      typed('extensions.transport_sockets.tls.v3.Secret', {
        name: certificateName,
        tls_certificate: {
          certificate_chain: { filename: `${tlsFolder}/tls.crt` },
          private_key: { filename: `${tlsFolder}/tls.key` },
          watched_directory: { path: tlsFolder },
        },
      }),
    ],
  };
}
