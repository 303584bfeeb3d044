import type { Verdict } from '../../api/conditions.ts';
import type { EngineComponent } from '../../desired/labels.ts';
import type { Finding } from './workload.ts';
import { worst } from './workload.ts';

export interface JudgedEngine {
  environment: string;
  component: EngineComponent;
  finding: Finding;
}

/**
 * EnginesReady: the worst finding over all engines. A canary counts, since whoever asks for one wants to know that it does not serve;
 * the message says that its environment is served all the same.
 */
export function enginesVerdict(engines: JudgedEngine[]): Verdict {
  return {
    type: 'EnginesReady',
    ...(worst(engines.map(named)) ?? {
      status: 'True',
      reason: 'Serving',
      message: `${engines.length} engine${engines.length === 1 ? ' serves' : 's serve'}`,
    }),
  };
}

const named = ({ environment, component, finding }: JudgedEngine): Finding =>
  component === 'engine'
    ? finding
    : {
        ...finding,
        message: `canary of environment ${environment}, whose clients the first engine serves meanwhile: ${finding.message}`,
      };
