/** The stream broke a promise of its framing: cut inside a line, a line without end, or bytes that are not UTF-8. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
  readonly code = 'KUBE_FRAMING';
}

const NEWLINE = 0x0a;

/**
 * Splits a byte stream into its non-empty lines.
 *
 * It splits bytes, not text, so a character may be spread over chunks: no byte of a multi-byte UTF-8 character is a
 * newline. A line may grow to `maxBytes`; a stream that ends without a final newline was cut, which is an error.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string, void> {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let parts: Uint8Array[] = [];
  let held = 0;

  const hold = (part: Uint8Array): void => {
    held += part.length;
    if (held > maxBytes) throw new FramingError(`a line is longer than ${String(maxBytes)} bytes`);
    if (part.length > 0) parts.push(part);
  };
  const release = (): string => {
    const [first] = parts;
    const bytes = parts.length === 1 && first ? first : Buffer.concat(parts);
    parts = [];
    held = 0;
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw new FramingError('a line is not UTF-8', { cause });
    }
  };

  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      hold(chunk.subarray(from, end));
      from = end + 1;
      const line = release();
      if (line !== '') yield line;
    }
    hold(chunk.subarray(from));
  }
  if (held > 0) throw new FramingError('the stream ended inside a line');
}

/** Reads a whole body as text. Throws once it is longer than `maxBytes`, so that no answer can fill the memory. */
export async function readText(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > maxBytes) throw new FramingError(`the body is longer than ${String(maxBytes)} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}
