import { cpus, loadavg, release, totalmem } from 'node:os';

/** What was measured on, when, and how busy it was before: other machines, and other hours, have other figures. */
export function machine(): string {
  const [{ model = 'an unknown processor' } = {}] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${cpus().length} processors (${model.trim()}), ${memory}, Linux ${release()}, load before: ${loadavg()[0]?.toFixed(1)}.`;
}
