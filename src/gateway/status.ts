/** What the status port answers at `/-/status`: written by pod/entrypoint.sh, read by the operator. */
export interface GatewayStatus {
  /** The generation nginx serves. */
  readonly generation: string;
  /** The generation nginx refused to load, and its reason in one line. Empty when none is refused. */
  readonly rejected: '' | { readonly generation: string; readonly error: string };
  readonly nginxVersion: string;
  /** Absent: there is no Envoy in the pod, or it has not answered yet. */
  readonly envoyVersion?: string;
  readonly upstreams: readonly GatewayUpstreamStatus[];
}

/** How entrypoint.sh begins its refusal of a config for pods of the other type. */
export const otherType = 'this pod is of type ';

/** So begins what a pod says of a configuration with token issuers whose keys are not mounted in it. */
export const withoutKeys = 'this pod has no keys of the issuer ';

/** How far the gateway's last probe of an upstream came. */
export interface GatewayUpstreamStatus {
  readonly url: string;
  /** Any answer below 500 counts: a probe asks for the root, which need not exist. */
  readonly reachable: boolean;
  /** Where it ended. Empty when it is reachable. `Timeout`: connected, but no answer came. */
  readonly stage: '' | ProbeStage;
  readonly detail: string;
}

export const probeStages = ['DNS', 'TCP', 'TLS', 'HTTP', 'Timeout'] as const;
export type ProbeStage = (typeof probeStages)[number];

/** Something else than a gateway answered, or a version that speaks differently. */
export class GatewayStatusError extends Error {
  readonly code = 'InvalidGatewayStatus';

  constructor(problem: string) {
    super(`gateway status: ${problem}`);
    this.name = 'GatewayStatusError';
  }
}

/** Reads the answer of `/-/status`. Fields it does not know are ignored. Throws {@link GatewayStatusError}. */
export function parseGatewayStatus(text: string): GatewayStatus {
  const status = parseObject(text);
  const { upstreams, envoyVersion = '' } = status;
  if (!Array.isArray(upstreams)) throw new GatewayStatusError('upstreams is no list');
  return {
    generation: string(status, 'generation'),
    rejected: parseRejected(status['rejected']),
    nginxVersion: string(status, 'nginxVersion'),
    ...(envoyVersion !== '' && { envoyVersion: string(status, 'envoyVersion') }),
    upstreams: upstreams.map(parseUpstream),
  };
}

function parseRejected(value: unknown): GatewayStatus['rejected'] {
  if (value === '') return '';
  const rejected = object(value, 'rejected');
  return { generation: string(rejected, 'generation'), error: string(rejected, 'error') };
}

function parseUpstream(value: unknown): GatewayUpstreamStatus {
  const upstream = object(value, 'upstreams');
  const stage = string(upstream, 'stage');
  if (typeof upstream['reachable'] !== 'boolean') throw new GatewayStatusError('reachable is no boolean');
  if (!isStage(stage)) throw new GatewayStatusError(`unknown stage ${JSON.stringify(stage)}`);
  return { url: string(upstream, 'url'), reachable: upstream['reachable'], stage, detail: string(upstream, 'detail') };
}

function isStage(value: string): value is '' | ProbeStage {
  return ['', ...probeStages].includes(value);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return object(JSON.parse(text), 'the answer');
  } catch (error) {
    if (error instanceof GatewayStatusError) throw error;
    throw new GatewayStatusError('the answer is no JSON');
  }
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GatewayStatusError(`${name} is no object`);
  }
  return value as Record<string, unknown>;
}

function string(from: Record<string, unknown>, name: string): string {
  const value = from[name];
  if (typeof value !== 'string') throw new GatewayStatusError(`${name} is no text`);
  return value;
}
