import { truncateSync } from 'node:fs';
import type { GatewayModel } from '../../../../src/gateway/model.ts';
import { containerOfEnvoy } from '../../../gateway-real/support/envoycontainer.ts';
import { makeGateway } from '../../../gateway-real/support/gateway.ts';
import type { Gateway } from '../../../gateway-real/support/gateway.ts';
import { modelOf } from '../../../gateway-real/support/model.ts';
import type { Target } from '../wrk.ts';

export interface RunningGateway extends Target {
  readonly stop: () => Promise<void>;
  /** Empties the access log: a bench writes gigabytes of it. */
  readonly forgetLog: () => void;
}

/** The gateway as the operator configures it: two environments, no limits, a large cache; the engine is the same for both. */
export function gatewayModel(enginePort: number, changes: Partial<GatewayModel> = {}): GatewayModel {
  return modelOf(
    { prod: enginePort, staging: enginePort },
    { type: 'Nginx', cache: { maxSizeMiB: 4096, mutableTTLSeconds: 30 }, ...changes },
  );
}

export interface Preparation {
  /** Puts what the kubelet would mount into the pod's folders. */
  readonly prepare?: (gateway: Gateway) => Promise<void>;
  /** Of the client's requests. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Starts a whole gateway pod without Kubernetes: its entrypoint with nginx, and Envoy's container; over TLS, when the model has that port. */
export async function startGateway(
  name: string,
  model: GatewayModel,
  { prepare, headers }: Preparation = {},
): Promise<RunningGateway> {
  const gateway = await makeGateway();
  await prepare?.(gateway);
  const files = gateway.files(model);
  gateway.mount(files);
  const envoy = model.type === 'Envoy' ? containerOfEnvoy(gateway)() : undefined;
  gateway.start(envoy === undefined ? {} : { GATEWAY_TYPE: 'Envoy' });
  await gateway.serves(files);
  const { http, https } = gateway.ports;
  return {
    name,
    url: model.ports.https === undefined ? `http://127.0.0.1:${http}` : `https://127.0.0.1:${https}`,
    pids: [gateway.pid(), ...(envoy?.pid === undefined ? [] : [envoy.pid])],
    ...(headers !== undefined && { headers }),
    stop: gateway.stop,
    forgetLog: () => truncateSync(gateway.folder.log),
  };
}
