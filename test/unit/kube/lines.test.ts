import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FramingError, readText, splitLines } from '../../../src/kube/lines.ts';

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    yield await Promise.resolve(bytes.subarray(from, end));
    from = end;
  }
}

async function linesOf(text: string | Uint8Array, cuts: readonly number[] = [], max = 1000): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(chunksOf(Buffer.from(text), cuts), max)) lines.push(line);
  return lines;
}

describe('splitLines', () => {
  test('gives back the lines however the bytes are cut, also inside a character', async () => {
    const line = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((text) => JSON.stringify(text));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, cuts) => {
        expect(await linesOf(lines.map((each) => `${each}\n`).join(''), cuts)).toEqual(lines);
      }),
      { numRuns: 50 },
    );
  });

  test('skips empty lines', async () => {
    expect(await linesOf('\na\n\nb\n')).toEqual(['a', 'b']);
  });

  test('a stream that ends inside a line was cut', async () => {
    await expect(linesOf('{"a":1}\n{"b"')).rejects.toThrow(new FramingError('the stream ended inside a line'));
  });

  test.each([[[]], [[3, 6, 9]]])('a line without an end does not fill the memory (cuts %p)', async (cuts) => {
    await expect(linesOf('0123456789', cuts, 8)).rejects.toThrow('longer than 8 bytes');
  });

  test('bytes that are not UTF-8 are an error, not question marks', async () => {
    await expect(linesOf(Uint8Array.of(0xff, 0x0a))).rejects.toThrow('not UTF-8');
  });
});

describe('readText', () => {
  test('stops reading a body that is too long', async () => {
    const body = Buffer.from('0123456789');
    expect(await readText(chunksOf(body, [5]), 10)).toBe('0123456789');
    await expect(readText(chunksOf(body, [5]), 9)).rejects.toThrow(FramingError);
  });
});
