import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What results depend on. */
const SOURCES = ['src/**/*', 'test/faults/**/*', 'package-lock.json'];

/** One name for the version of operator and campaigns: results of another one say nothing about this one. */
export function sourcesVersion(checkout: string): string {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: checkout, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${file.slice(checkout.length)} ${String(content.length)}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}
