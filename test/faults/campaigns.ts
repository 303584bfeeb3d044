import type { Campaign } from './campaign.ts';

/** All campaigns, in the order of the report. */
export const campaigns: readonly Campaign[] = [];
