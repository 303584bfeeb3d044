import { describe, expect, test } from '@jest/globals';
import * as errors from '../../../src/kube/errors.ts';

const { ApiError, Unreachable } = errors;

describe('ApiError', () => {
  test.each([
    [400, 'BadRequest', 'KUBE_BAD_REQUEST'],
    [401, 'Unauthorized', 'KUBE_UNAUTHORIZED'],
    [403, 'Forbidden', 'KUBE_FORBIDDEN'],
    [404, 'NotFound', 'KUBE_NOT_FOUND'],
    [409, 'Conflict', 'KUBE_CONFLICT'],
    [409, 'AlreadyExists', 'KUBE_ALREADY_EXISTS'],
    [410, 'Expired', 'KUBE_GONE'],
    [422, 'Invalid', 'KUBE_INVALID'],
    [429, 'TooManyRequests', 'KUBE_THROTTLED'],
    [500, 'InternalError', 'KUBE_SERVER_ERROR'],
    [503, 'ServiceUnavailable', 'KUBE_SERVER_ERROR'],
    [302, 'Unknown', 'KUBE_UNEXPECTED_STATUS'],
  ])('status %d %s has the code %s', (status, reason, code) => {
    expect(new ApiError('GET', '/x', status, { reason })).toMatchObject({ code, status, reason });
  });

  test('each predicate accepts its own error and no other', () => {
    const samples = {
      isNotFound: new ApiError('GET', '/x', 404, undefined),
      isConflict: new ApiError('PATCH', '/x', 409, { reason: 'Conflict' }),
      isAlreadyExists: new ApiError('POST', '/x', 409, { reason: 'AlreadyExists' }),
      isGone: new ApiError('GET', '/x', 410, undefined),
      isForbidden: new ApiError('GET', '/x', 403, undefined),
      isInvalid: new ApiError('PATCH', '/x', 422, undefined),
      isThrottled: new ApiError('GET', '/x', 429, undefined),
      isUnreachable: new Unreachable('GET', '/x', 'reset', { ambiguous: false }),
    };
    for (const [name, sample] of Object.entries(samples)) {
      const accepted = Object.keys(samples).filter((each) => errors[each as keyof typeof samples](sample));
      expect(accepted).toEqual([name]);
      expect(errors[name as keyof typeof samples](new Error('other'))).toBe(false);
    }
  });

  test('the message holds the sentence of the server, cut, and neither query nor body', () => {
    const body = { reason: 'Invalid', message: 'x'.repeat(5000), data: { password: 'c2VjcmV0' } };
    const { message } = new ApiError('PATCH', '/api/v1/configmaps?fieldManager=me', 422, body);
    expect(message).toMatch(/^PATCH \/api\/v1\/configmaps: 422 Invalid: x+\.\.\.$/);
    expect(message.length).toBeLessThan(1200);
  });

  test('takes causes and the time to wait from the Status', () => {
    const causes = [{ field: 'spec.replicas', message: 'must be positive' }];
    const error = new ApiError('PATCH', '/x', 429, { details: { causes, retryAfterSeconds: 3 } });
    expect(error.causes).toEqual(causes);
    expect(error.retryAfterMs).toBe(3000);
    expect(new ApiError('GET', '/x', 429, undefined, 500).retryAfterMs).toBe(500);
    expect(new ApiError('GET', '/x', 429, undefined, 86_400_000).retryAfterMs).toBe(300_000);
  });
});
