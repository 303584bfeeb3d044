const begin = performance.now();

/** A line of progress, with the seconds since the start. The results alone go to standard output. */
export function say(text: string): void {
  process.stderr.write(`${((performance.now() - begin) / 1000).toFixed(0).padStart(5)}s  ${text}\n`);
}
