import type { Lane } from './bed/lane.ts';

/** One experiment. Its id tells a person what happens in it, and makes it again: `crash/create/APPLY Deployment cache--gateway #1/committed`. */
export interface Plan {
  readonly id: string;
}

/** What came of a plan. */
export interface Result {
  readonly id: string;
  /**
   * - converged: the fault struck, and the end state is the one that it would have been without it.
   * - stuck: it struck, and something stayed wrong; `problems` says what.
   * - missed: the moment that the plan waits for never came, also when tried again. It proves nothing and is not counted.
   */
  readonly outcome: 'converged' | 'stuck' | 'missed';
  /** What stayed wrong, one sentence each: differences to the reference, what did not happen in time. */
  readonly problems: readonly string[];
  /** Invariants that were broken on the way (proxy.violations), one sentence each; not in `problems`. Absent: none. */
  readonly violations?: readonly string[];
  readonly ms: number;
  /** Figures of this plan that the report sums up (failover ms, requests served), by name. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** The result of a plan, from what was found: nothing found is converged, and a fault that never struck proves nothing. */
export function resultOf(
  plan: Plan,
  found: {
    readonly struck: boolean;
    readonly problems: readonly string[];
    readonly violations: readonly { readonly what: string }[];
    readonly ms: number;
    readonly figures?: Readonly<Record<string, number>>;
  },
): Result {
  const { struck, problems, ms, figures } = found;
  const violations = found.violations.map(({ what }) => what);
  const isWrong = problems.length > 0 || violations.length > 0;
  return {
    id: plan.id,
    outcome: isWrong ? 'stuck' : struck ? 'converged' : 'missed',
    problems,
    ...(violations.length > 0 && { violations }),
    ms: Math.round(ms),
    ...(figures && { figures }),
  };
}

/** What a campaign may ask for. */
export interface Scope {
  /** Every random choice comes from it. */
  readonly seed: number;
  /** A short one for `npm test`: a few plans of each sort, some 20 s in all. */
  readonly sample: boolean;
  /** While calibrating: the planted bug that every operator which the plan itself starts must have (`operatorBundle`). Lanes see to theirs. */
  readonly mutant?: string;
  readonly say: (text: string) => void;
}

/** A set of plans of one sort. */
export interface Campaign {
  /** One word: `npm run test:faults -- crash`. */
  readonly name: string;
  /** What it shows, as one sentence for the report. */
  readonly title: string;
  /** Where its plans run: on a lane (an API server of its own), on the testbed's real cluster, or where it sets up itself. */
  readonly place: 'lane' | 'cluster' | 'own';
  /** How many plans may run at once on one lane. 1 when a plan kills or restarts the operator. */
  readonly together: number;
  /** It mostly waits: it has a lane to itself beside the others, and its plans cost them little. */
  readonly beside?: boolean;
  /** The longest that a plan may take, in ms; one that takes longer is ended with its lane. Default 2 min. */
  readonly longestMs?: number;
  /**
   * All plans, in an order that depends on the seed only, as JSON can hold them: they are kept. Ids begin with the name of the
   * campaign and a slash. May do reference runs on the lane; not called again when resumed, nor for each lane, so `run` makes
   * again what it misses in memory. An operator without a planted bug runs on the lane.
   */
  plans(scope: Scope, lane: Lane | undefined): Promise<Plan[]>;
  /**
   * Runs one. An operator runs on the lane when it begins, and it is one with a planted bug while calibrating: whatever `run` starts
   * anew on this lane has it too. Never rejects for what the operator did; rejects when the bed is broken.
   */
  run(plan: Plan, scope: Scope, lane: Lane | undefined): Promise<Result>;
  /** Takes away what the campaign has set up by itself. Called once after its last plan, also when the run breaks off. */
  end?(): Promise<void>;
}
