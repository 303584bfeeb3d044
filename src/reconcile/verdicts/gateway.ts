import type { Verdict } from '../../api/conditions.ts';
import { jwksFolder, scriptModule, tlsFolder } from '../../gateway/nginx/paths.ts';
import type { GatewayStatus } from '../../gateway/status.ts';
import { otherType, withoutKeys } from '../../gateway/status.ts';
import type { Reason } from '../../api/conditions.ts';
import type { Deployment, Pod } from '../world.ts';
import { judgeWorkload } from './workload.ts';

/** What a gateway pod said of itself when it was last asked, or why it could not be asked. */
export type Report = { status: GatewayStatus } | { error: string };

export interface GatewayInput {
  name: string;
  deployment: Deployment | undefined;
  pods: { pod: Pod; report: Report | undefined }[];
  wantedConfig: string;
}

/** GatewayReady: every pod serves, and with the wanted configuration. */
export function gatewayVerdict({ name, deployment, pods, wantedConfig }: GatewayInput): Verdict {
  const verdict = (status: Verdict['status'], reason: Reason, message: string): Verdict => ({
    type: 'GatewayReady',
    status,
    reason,
    message,
  });
  const workload = judgeWorkload(
    name,
    deployment,
    pods.map(({ pod }) => pod),
  );
  for (const { pod, report } of pods) {
    if (!report || !('status' in report)) continue;
    const { rejected } = report.status;
    if (rejected === '' || rejected.generation !== wantedConfig) continue;
    const ofCertificate = rejected.error.includes(tlsFolder);
    // A pod of before TLS or tokens were asked for has no certificate or keys, and one of before a change of the type cannot serve
    // the new configuration: these serve the old one until they are replaced.
    const ofBefore = ofCertificate || [otherType, withoutKeys].some((start) => rejected.error.startsWith(start));
    if (ofBefore && workload.status !== 'True') continue;
    return verdict(
      'False',
      'ConfigRejected',
      `Pod ${pod.metadata.name} refused the configuration, or a part of it, and keeps the last one that worked: ${rejected.error.slice(0, 500)}: ${remedyOf(rejected.error)}`,
    );
  }
  if (workload.status !== 'True') return { type: 'GatewayReady', ...workload };
  for (const { pod, report } of pods) {
    if (report === undefined)
      return verdict(
        'False',
        'ConfigPending',
        `Pod ${pod.metadata.name} has not been asked yet which configuration it serves`,
      );
    if ('error' in report)
      return verdict(
        'False',
        'ConfigPending',
        `Pod ${pod.metadata.name} cannot be asked which configuration it serves (${report.error}): let the operator reach port 8081 of the gateway pods`,
      );
    if (report.status.generation !== wantedConfig)
      return verdict(
        'False',
        'ConfigPending',
        `Pod ${pod.metadata.name} serves configuration ${report.status.generation || 'none'} and takes up ${wantedConfig} soon`,
      );
  }
  return { type: 'GatewayReady', ...workload };
}

function remedyOf(error: string): string {
  if (error.includes(tlsFolder)) return 'put a valid certificate and its key into the Secret';
  if (error.includes(jwksFolder)) return 'put a JWKS with good keys into the Secret';
  if (error.includes(scriptModule)) return 'choose an image of nginx with its JavaScript module (njs)';
  return 'please report this with your spec';
}

/**
 * Whether each pod has been asked, with or without an answer. One that has not, since this operator has just started or the pod has, says
 * nothing about the gateway, and is asked within seconds.
 */
export const allAsked = (pods: GatewayInput['pods']): boolean => pods.every(({ report }) => report !== undefined);

/** The configuration that all pods serve; empty while they differ or cannot be asked. */
export function servedConfig(pods: GatewayInput['pods']): string {
  const served = new Set(pods.map(({ report }) => (report && 'status' in report ? report.status.generation : '')));
  const [only] = served;
  return served.size === 1 && only !== undefined ? only : '';
}
