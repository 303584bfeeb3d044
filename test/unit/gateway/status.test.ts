import { describe, expect, test } from '@jest/globals';
import { GatewayStatusError, parseGatewayStatus } from '../../../src/gateway/status.ts';

const upstream = { url: 'https://goproxy.cn', reachable: false, stage: 'DNS', detail: 'the name does not resolve' };
const status = { generation: 'a1', rejected: '', nginxVersion: '1.22.1', upstreams: [upstream] };

test('a status is read', () => {
  expect(parseGatewayStatus(JSON.stringify(status))).toEqual(status);
});

test('a refused generation comes with its reason', () => {
  const rejected = { generation: 'b2', error: 'unknown directive' };
  expect(parseGatewayStatus(JSON.stringify({ ...status, rejected }))).toEqual({ ...status, rejected });
});

test('what a newer gateway says besides is ignored', () => {
  const newer = { ...status, uptime: 1, upstreams: [{ ...upstream, p50: 3 }] };
  expect(parseGatewayStatus(JSON.stringify(newer))).toEqual(status);
});

test('the version of Envoy is there when an Envoy is', () => {
  expect(parseGatewayStatus(JSON.stringify({ ...status, envoyVersion: '' }))).toEqual(status);
  const beside = { ...status, envoyVersion: '1.40.0' };
  expect(parseGatewayStatus(JSON.stringify(beside))).toEqual(beside);
});

describe('what is no status is refused', () => {
  test.each([
    ['', 'no JSON'],
    ['<html>', 'no JSON'],
    ['null', 'no object'],
    ['[]', 'no object'],
    ['{}', 'upstreams'],
    [JSON.stringify({ ...status, generation: 1 }), 'generation'],
    [JSON.stringify({ ...status, rejected: null }), 'rejected'],
    [JSON.stringify({ ...status, envoyVersion: 1 }), 'envoyVersion'],
    [JSON.stringify({ ...status, upstreams: [{ ...upstream, stage: 'Moon' }] }), 'Moon'],
    [JSON.stringify({ ...status, upstreams: [{ ...upstream, reachable: 'no' }] }), 'reachable'],
  ])('%s', (text, problem) => {
    expect(() => parseGatewayStatus(text)).toThrow(GatewayStatusError);
    expect(() => parseGatewayStatus(text)).toThrow(problem);
  });
});
