import type { ServerResponse } from 'node:http';

const REASONS: Record<number, string> = {
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** What the API server says in the body of a refusal. */
export const statusBody = (code: number, retryAfterSeconds?: number): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'the fault proxy says so',
  reason: REASONS[code] ?? 'Unknown',
  ...(retryAfterSeconds !== undefined && { details: { retryAfterSeconds } }),
  code,
});

/** Answers in the name of the API server. */
export function answerWith(response: ServerResponse, code: number, retryAfterSeconds?: number): void {
  response
    .writeHead(code, {
      'content-type': 'application/json',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    })
    .end(JSON.stringify(statusBody(code, retryAfterSeconds)));
}
