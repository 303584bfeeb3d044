import type { Campaign } from '../campaign.ts';
import type { Armed, Fault } from '../proxy/proxy.ts';
import { referenceOf } from '../workloads/reference.ts';
import { workloads } from '../workloads/workloads.ts';
import type { Blow, Disturbance } from './disturbed.ts';
import { requestBlow, runDisturbed, withoutNamespace } from './disturbed.ts';

const MOMENTS = ['before', 'committed', 'answered'] as const;
/** The operator that follows is killed as well, when its first write is done. */
const TWICE = 'twice';
const COMMITTED = { do: 'kill', when: 'committed' } satisfies Fault;
const LIVELY_MS = 30_000;
const SAMPLE = 6;

/** A write of a child leaves work to whoever follows: at least the status. */
const leavesWork = ({ operation, kind }: Disturbance['key']): boolean =>
  operation === 'APPLY' && kind !== 'GoProxyCache';

interface Crash extends Disturbance {
  readonly isTwice: boolean;
}

export const crash: Campaign = {
  name: 'crash',
  title:
    'The operator is killed at every write of every workload, before it, when it is done, when it is answered, and once more after it',
  place: 'lane',
  together: 1,
  plans: async ({ sample }, lane) => {
    if (!lane) throw new Error('crash needs a lane');
    const plans: Crash[] = [];
    for (const workload of sample ? workloads.slice(0, 1) : workloads) {
      const { writes } = await referenceOf(workload, lane);
      for (const [text, key] of writes) {
        const plan = (moment: string, fault: Fault): Crash => ({
          id: `crash/${workload.name}/${text}/${moment}`,
          workload: workload.name,
          key: withoutNamespace(key),
          fault,
          isTwice: moment === TWICE,
          withinMs: LIVELY_MS,
        });
        plans.push(...MOMENTS.map((when) => plan(when, { do: 'kill', when })));
        if (leavesWork(key)) plans.push(plan(TWICE, COMMITTED));
      }
    }
    const step = sample ? Math.ceil(plans.length / SAMPLE) : 1;
    return plans.filter((_, index) => index % step === 0);
  },
  run: (plan, _, lane) => {
    if (!lane) throw new Error('crash needs a lane');
    const crashed = plan as Crash;
    return runDisturbed(crashed, lane, crashed.isTwice ? twice(crashed) : requestBlow(crashed));
  },
};

function twice(plan: Crash): Blow {
  const once = requestBlow(plan);
  return {
    ...once,
    arm: (lane, namespace) => {
      const first = once.arm(lane, namespace);
      let second: Armed | undefined;
      const struck = first.struck.then(async () => {
        await lane.operator.kill();
        second = lane.proxy.arm({ operation: 'APPLY', namespace }, COMMITTED);
        // It may well be killed before it is ready. One that does not start for another reason leaves the plan stuck.
        await lane.operator.start().catch(() => undefined);
        await second.struck;
      });
      return {
        struck,
        hasStruck: () => second?.hasStruck() ?? false,
        disarm: () => [first, second].forEach((each) => each?.disarm()),
      };
    },
  };
}
