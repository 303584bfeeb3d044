import type { GatewayModel } from '../../../../src/gateway/model.ts';
import { makeCertificate } from '../../../gateway-real/support/certificate.ts';
import { mountCertificate } from '../../../gateway-real/support/gateway.ts';
import { gatewayModel, startGateway } from './gateway.ts';
import type { Preparation, RunningGateway } from './gateway.ts';

/** What can be added to a plain gateway, and costs something. */
export type Variant = 'plain' | 'limits' | 'TLS';

/** Starts of gateways with one engine, in this order: each is plain nginx but for what its name says. */
export function variants(enginePort: number, names: readonly Variant[]): (() => Promise<RunningGateway>)[] {
  return names.map((name) => async () => {
    const { changes, ...rest } = settings[name];
    return startGateway(name, gatewayModel(enginePort, changes), rest);
  });
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
