import type { GatewayModel } from '../../../../src/gateway/model.ts';
import { makeCertificate } from '../../../gateway-real/support/certificate.ts';
import { mountCertificate } from '../../../gateway-real/support/gateway.ts';
import { gatewayModel, startGateway } from './gateway.ts';
import type { Preparation, RunningGateway } from './gateway.ts';

/** What can be added to a plain gateway, and costs something. */
export type Variant = 'plain' | 'limits' | 'TLS';

/** Starts a gateway of this type that is plain but for what the variant says. */
export function startVariant(
  type: GatewayModel['type'],
  variant: Variant,
  enginePort: number,
): Promise<RunningGateway> {
  const { changes, ...preparation } = settings[variant];
  return startGateway(`${type}, ${variant}`, gatewayModel(enginePort, { ...changes, type }), preparation);
}

interface Setting extends Preparation {
  readonly changes: Partial<GatewayModel>;
}

const secure: Preparation = {
  prepare: async ({ folder }) => {
    mountCertificate(folder, await makeCertificate(folder.root, 'gateway.example'));
  },
};

const settings: Readonly<Record<Variant, Setting>> = {
  plain: { changes: {} },
  /** High enough to refuse and delay nobody. */
  limits: { changes: { limits: { requests: { perSecond: 100_000, burst: 100_000 }, connections: 10_000 } } },
  TLS: { changes: { ports: { https: 8443, status: 8081 } }, ...secure },
};
