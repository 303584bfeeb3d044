import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';

/**
 * Compares a text with the golden file of this name; `npm run golden` writes it anew. Read the diff before you commit it:
 * a golden file is what a user's cluster gets.
 */
export function expectGolden(folder: string, name: string, text: string): void {
  const file = join(folder, 'expected', name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}
