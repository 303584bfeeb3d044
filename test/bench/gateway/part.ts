import type { Report } from './report.ts';

export interface PartOptions {
  /** A folder of the part's own, gone when it has ended. */
  readonly scratch: string;
  /** Fewer and shorter runs: to see that it works. */
  readonly quick: boolean;
}

export type Part = (options: PartOptions) => Promise<Report>;
