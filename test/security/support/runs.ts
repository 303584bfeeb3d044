const { SECURITY_RUNS, SECURITY_SEED } = process.env;

/** How often a property is tried, and from which seed: a failure prints the seed that shows it again. */
export const runs = {
  numRuns: Number(SECURITY_RUNS ?? 300),
  ...(SECURITY_SEED !== undefined && { seed: Number(SECURITY_SEED) }),
};
