import type { GatewayModel } from '../../../../src/gateway/model.ts';
import { makeCertificate } from '../../../gateway-real/support/certificate.ts';
import type { Gateway } from '../../../gateway-real/support/gateway.ts';
import { mountCertificate, mountKeys } from '../../../gateway-real/support/gateway.ts';
import { authOf, bearer, jwks, makeKey, makeToken } from '../../../gateway-real/support/tokens.ts';
import { gatewayModel, startGateway } from './gateway.ts';
import type { Preparation, RunningGateway } from './gateway.ts';

/** What can be added to a plain gateway, and costs something. */
export type Variant = 'plain' | 'limits' | 'TLS' | 'JWT' | 'TLS and JWT';

/** Starts a gateway of this type that is plain but for what the variant says. */
export function startVariant(
  type: GatewayModel['type'],
  variant: Variant,
  enginePort: number,
): Promise<RunningGateway> {
  const { changes, ...preparation } = settings(variant);
  return startGateway(`${type}, ${variant}`, gatewayModel(enginePort, { ...changes, type }), preparation);
}

interface Setting extends Preparation {
  readonly changes: Partial<GatewayModel>;
}

function settings(variant: Variant): Setting {
  const key = makeKey('ES256');
  const { headers } = bearer(makeToken(key));
  const ports = { https: 8443, status: 8081 };
  switch (variant) {
    case 'plain':
      return { changes: {} };
    case 'limits':
      // High enough to refuse and delay nobody.
      return { changes: { limits: { requests: { perSecond: 100_000, burst: 100_000 }, connections: 10_000 } } };
    case 'TLS':
      return { changes: { ports }, prepare: secure };
    case 'JWT':
      return {
        changes: { auth: authOf() },
        headers,
        prepare: ({ folder }) => Promise.resolve(mountKeys(folder, { ci: jwks(key) })),
      };
    case 'TLS and JWT':
      return {
        changes: { ports, auth: authOf() },
        headers,
        prepare: async (gateway) => {
          mountKeys(gateway.folder, { ci: jwks(key) });
          await secure(gateway);
        },
      };
  }
}

async function secure({ folder }: Gateway): Promise<void> {
  mountCertificate(folder, await makeCertificate(folder.root, 'gateway.example'));
}
