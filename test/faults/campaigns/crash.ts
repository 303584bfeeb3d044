import type { Campaign } from '../campaign.ts';
import { referenceOf } from '../workloads/reference.ts';
import { workloads } from '../workloads/workloads.ts';
import type { Disturbance } from './disturbed.ts';
import { requestBlow, runDisturbed, withoutNamespace } from './disturbed.ts';

const MOMENTS = ['before', 'committed', 'answered'] as const;
const LIVELY_MS = 30_000;
const SAMPLE = 6;

export const crash: Campaign = {
  name: 'crash',
  title: 'The operator is killed at every write of every workload, before it, when it is done, and when it is answered',
  place: 'lane',
  together: 1,
  plans: async ({ sample }, lane) => {
    if (!lane) throw new Error('crash needs a lane');
    const plans: Disturbance[] = [];
    for (const workload of sample ? workloads.slice(0, 1) : workloads) {
      const { writes } = await referenceOf(workload, lane);
      for (const [text, key] of writes)
        for (const when of MOMENTS)
          plans.push({
            id: `crash/${workload.name}/${text}/${when}`,
            workload: workload.name,
            key: withoutNamespace(key),
            fault: { do: 'kill', when },
            withinMs: LIVELY_MS,
          });
    }
    const step = sample ? Math.ceil(plans.length / SAMPLE) : 1;
    return plans.filter((_, index) => index % step === 0);
  },
  run: (plan, _, lane) => {
    if (!lane) throw new Error('crash needs a lane');
    return runDisturbed(plan as Disturbance, lane, requestBlow(plan as Disturbance));
  },
};
