import { describe, expect, test } from '@jest/globals';
import { ApiError, Unreachable } from '../../../src/kube/errors.ts';
import { createLogger, serializeError } from '../../../src/runtime/log.ts';

function logged(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger({ level: 'debug', write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  test('writes JSON lines with level, ISO time and the fields of child loggers', () => {
    const [line] = logged((log) => {
      log.child({ reconcileID: 'r1' }).info({ key: 'a/x' }, 'applied');
    });
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      reconcileID: 'r1',
      key: 'a/x',
      message: 'applied',
    });
  });

  test('shows of an error what helps, with its causes', () => {
    const cause = new Unreachable('GET', '/x', 'reset', { ambiguous: false });
    const [line] = logged((log) => {
      log.error({ err: new Error('outer', { cause }) }, 'failed');
    });
    expect(line?.['err']).toMatchObject({
      type: 'Error',
      message: 'outer',
      stack: expect.stringMatching(/^ {4}at /),
      cause: { type: 'Unreachable', code: 'KUBE_UNREACHABLE', message: 'GET /x: reset' },
    });
    expect(serializeError(new ApiError('GET', '/x', 403, { reason: 'Forbidden' }))).toMatchObject({
      status: 403,
      reason: 'Forbidden',
    });
  });

  test('shows neither headers nor bodies, wherever an error carries them', () => {
    const body = { data: { password: 'shh' } };
    const headers = { authorization: 'Bearer shh' };
    const foreign = Object.assign(new Error(`HTTP-Code: 409\nBody: ${JSON.stringify(body)}`), {
      body,
      headers,
      request: { headers },
    });
    const lines = logged((log) => {
      log.error({ err: foreign }, 'failed');
      log.error({ err: new Error('outer', { cause: foreign }) }, 'failed');
    });
    expect(JSON.stringify(lines)).not.toContain('shh');
    expect(lines[0]?.['err']).toMatchObject({ message: 'HTTP-Code: 409' });
  });

  test('cuts what is too long, and takes anything for an error', () => {
    expect(serializeError(new Error('x'.repeat(10_000))).message.length).toBeLessThan(2100);
    expect(serializeError('just text')).toEqual({ type: 'string', message: 'just text' });
    expect(serializeError(undefined)).toEqual({ type: 'undefined', message: 'undefined' });
  });

  test('a ring of causes ends', () => {
    const error = new Error('ring');
    error.cause = error;
    expect(JSON.stringify(serializeError(error)).length).toBeLessThan(20_000);
  });
});
