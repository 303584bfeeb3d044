import type { Campaign } from './campaign.ts';
import { api } from './campaigns/api.ts';
import { chain } from './campaigns/chain.ts';
import { crash } from './campaigns/crash.ts';
import { downloads } from './campaigns/downloads.ts';
import { election } from './campaigns/election.ts';
import { drift } from './campaigns/drift.ts';
import { misoperations } from './campaigns/misoperations.ts';
import { outage } from './campaigns/outage.ts';
import { soak } from './campaigns/soak.ts';
import { stale } from './campaigns/stale.ts';
import { stillness } from './campaigns/stillness.ts';
import { unobserved } from './campaigns/unobserved.ts';
import { upgrade } from './campaigns/upgrade.ts';
import { watch } from './campaigns/watch.ts';

/** All campaigns, in the order of the report. The many short plans come last, so that no lane waits for another one's long plan in the end. */
export const campaigns: readonly Campaign[] = [
  chain,
  watch,
  unobserved,
  stale,
  misoperations,
  drift,
  crash,
  api,
  stillness,
  election,
  outage,
  soak,
  upgrade,
  downloads,
];
