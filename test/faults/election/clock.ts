/** `node --import clock.ts`: another wall clock for a process, by the environment variable WALL_CLOCK. Timers and performance.now stay. */
const RealDate = Date;
const started = RealDate.now();
const how = process.env['WALL_CLOCK'] ?? '';

function now(): number {
  const elapsed = RealDate.now() - started;
  if (how === 'stopped') return started;
  if (how === 'backwards') return started - elapsed;
  if (how === 'fast') return started + 60 * elapsed;
  return started + elapsed + Number(how);
}

globalThis.Date = class extends RealDate {
  constructor(...words: unknown[]) {
    // @ts-expect-error: any of the signatures of Date.
    super(...(words.length === 0 ? [now()] : words));
  }
  static override now(): number {
    return now();
  }
} as DateConstructor;
