import type { GatewayModel } from '../../../src/gateway/model.ts';

/** The program in front: the suites run once with each. */
export const gatewayType = process.env['GATEWAY_TYPE'] === 'Envoy' ? 'Envoy' : 'Nginx';

/** A model of two environments whose engines listen on these ports of loopback. Ports of the gateway are set by who starts it. */
export function modelOf(engines: { prod: number; staging: number }, changes: Partial<GatewayModel> = {}): GatewayModel {
  return {
    type: gatewayType,
    environments: [
      { name: 'prod', hostnames: ['prod.example'], engine: { host: '127.0.0.1', port: engines.prod } },
      { name: 'staging', hostnames: ['staging.example'], engine: { host: '127.0.0.1', port: engines.staging } },
    ],
    defaultEnvironment: 'prod',
    onUnknown: 'Reject',
    onConflict: 'Reject',
    limits: {},
    cache: { maxSizeMiB: 64, mutableTTLSeconds: 60 },
    fetchTimeoutSeconds: 30,
    probedUpstreams: [],
    awaitedEngines: [],
    ports: { http: 8080, status: 8081 },
    ...changes,
  };
}
