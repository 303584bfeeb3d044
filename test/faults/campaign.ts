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
  /** One sentence each: differences to the reference, and invariants that were broken on the way. */
  readonly problems: readonly string[];
  readonly ms: number;
  /** Figures of this plan that the report sums up (failover ms, requests served), by name. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** What a campaign may ask for. */
export interface Scope {
  /** Every random choice comes from it. */
  readonly seed: number;
  /** A short one for `npm test`: a few plans of each sort, some 20 s in all. */
  readonly sample: boolean;
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
  /** All plans, in an order that depends on the seed only. May do reference runs on the lane; not called again when resumed. */
  plans(scope: Scope, lane: Lane | undefined): Promise<Plan[]>;
  /** Runs one. Never rejects for what the operator did; rejects when the bed is broken. */
  run(plan: Plan, scope: Scope, lane: Lane | undefined): Promise<Result>;
}
