import type { Campaign } from './campaign.ts';
import { chain } from './campaigns/chain.ts';

/** All campaigns, in the order of the report. */
export const campaigns: readonly Campaign[] = [chain];
