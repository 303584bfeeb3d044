import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { exchange, onlyOpen, open, secret, secretText, startScene, statusesIn } from './support/scene.ts';
import type { Scene } from './support/scene.ts';

jest.setTimeout(60_000);

let scene: Scene;
let before: number;

beforeAll(async () => {
  scene = await startScene();
});

beforeEach(() => {
  before = scene.taps.prod.asked().length;
});

const request = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: prod.example', ...headers, '', ''].join('\r\n');
/** What an attacker wants to be taken for a request: on its way, or of the next client on a connection to the engine. */
const hidden = request(secret, 'X: y');
const last = request(open, 'Connection: close');

const body = (text: string, ...headers: string[]): string =>
  request(open, ...headers, `Content-Length: ${text.length}`) + text;
const chunked = (text: string, ...headers: string[]): string =>
  request(open, ...headers, 'Transfer-Encoding: chunked') + text;
const length = (text: string): string => text.length.toString(16);
const post = (text: string): string => text.replace(/^GET/, 'POST');

/** Requests that two programs may cut in different places. */
const attacks: Record<string, string> = {
  'CL.0': body(hidden),
  'CL.0 by POST': post(body(hidden)),
  'CL.TE': post(
    request(open, `Content-Length: ${hidden.length + 5}`, 'Transfer-Encoding: chunked') + `0\r\n\r\n${hidden}`,
  ),
  'TE.CL': post(
    request(open, 'Content-Length: 4', 'Transfer-Encoding: chunked') + `${length(hidden)}\r\n${hidden}\r\n0\r\n\r\n`,
  ),
  'TE and a body behind its end': chunked(`0\r\n\r\n${hidden}`),
  'chunks with an extension': chunked(`${length(hidden)};a="\r\n${hidden}\r\n0\r\n\r\n`),
  'chunks that end in line feeds': chunked(`${length(hidden)}\n${hidden}\n0\n\n`),
  'a trailer': chunked(`0\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n${hidden}`),
  'a chunk of too many bytes': chunked(`ffffffffffffffff\r\n${hidden}`),
  'a chunk that is negative': chunked(`-1\r\n${hidden}`),
  ...Object.fromEntries(
    [
      'Transfer-Encoding : chunked',
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding:\tchunked',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
      'Transfer-Encoding: identity, chunked',
      'Transfer-Encoding: "chunked"',
      'Transfer-Encoding: chunKed',
      'Transfer-Encoding:\x0bchunked',
      'Transfer_Encoding: chunked',
      'X: y\nTransfer-Encoding: chunked',
      'X: y\r\n Transfer-Encoding: chunked',
      'Transfer-Encoding:\r\n chunked',
    ].map((header) => [
      `TE as ${JSON.stringify(header)}`,
      request(open, header, `Content-Length: ${hidden.length + 5}`) + `0\r\n\r\n${hidden}`,
    ]),
  ),
  ...Object.fromEntries(
    [
      '+5',
      '5, 5',
      '0x5',
      '-1',
      '5 5',
      '',
      '99999999999999999999',
      '5\r\nContent-Length: 0',
      '0\r\nContent-Length: 5',
    ].map((value) => [`Content-Length: ${JSON.stringify(value)}`, request(open, `Content-Length: ${value}`) + hidden]),
  ),
  'an upgrade to WebSocket with data':
    request(open, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: eA==', 'Sec-WebSocket-Version: 13') +
    hidden,
  'an upgrade to HTTP/2 with data':
    request(open, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__') + hidden,
  'the beginning of HTTP/2': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden}`,
  'CONNECT with data': `CONNECT git.acme.example:443 HTTP/1.1\r\nHost: git.acme.example:443\r\n\r\n${hidden}`,
  'CONNECT to a path': `CONNECT ${secret} HTTP/1.1\r\nHost: prod.example\r\n\r\n${hidden}`,
  'Expect with data': request(open, 'Expect: 100-continue', `Content-Length: ${hidden.length}`) + hidden,
  'line feeds alone': request(open, 'X: y').replaceAll('\r\n', '\n') + hidden,
  'carriage returns alone': request(open, `X: y\rContent-Length: ${hidden.length}`) + hidden,
  'a line of nothing before': `\r\n\r\n${request(open)}`,
  'a first line of two': `GET ${open} HTTP/1.1\r\nGET ${secret} HTTP/1.1\r\nHost: prod.example\r\n\r\n`,
  'a request in the path': request(`${open}%20HTTP/1.1%0d%0aHost:%20x%0d%0a%0d%0aGET%20${secret}`),
  'a request in a header': request(open, `X: y%0d%0a%0d%0aGET ${secret} HTTP/1.1`),
  'a request in Host': `GET ${open} HTTP/1.1\r\nHost: prod.example ${secret}\r\n\r\n`,
  'a NUL in a header': request(open, 'X: y\0z'),
  'HTTP/0.9': `GET ${secret}\r\n`,
  'an unknown version': `GET ${secret} HTTP/1.9\r\nHost: prod.example\r\n\r\n`,
  'another target': `GET http://prod.example${secret} HTTP/1.1\r\nHost: prod.example\r\n\r\n`,
  'another target than Host': `GET http://x.example${secret} HTTP/1.1\r\nHost: prod.example\r\n\r\n`,
};

describe('nobody gets a request through that is hidden in another', () => {
  test.each(Object.keys(attacks))('%s', async (name) => {
    const { gateway, taps } = scene;
    const answers = await exchange(gateway.ports.http ?? 0, `${attacks[name]}${last}`);
    expect(answers).not.toContain(secretText);
    // Of the request itself, of what stands behind it and is then a request as any other, and of the last one.
    expect(statusesIn(answers).length).toBeLessThanOrEqual(3);
    expect(
      statusesIn(answers).filter(
        (status) => ![200, 400, 401, 403, 404, 405, 408, 411, 413, 417, 426, 501, 505, 100].includes(status),
      ),
    ).toEqual([]);
    // The next client, and the next on each connection to the engine, gets its own answer.
    const fresh = `/example.com/mod/@v/v1.0.0.info`;
    for (const path of [open, fresh, '/example.com/mod/@v/list']) {
      const { body: text, status } = await gateway.ask(path);
      expect(text).not.toContain(secretText);
      if (path === open) expect({ status, text }).toEqual({ status: 200, text: 'module example.com/mod\n' });
      if (path === fresh) expect(text).toContain('"Version":"v1.0.0"');
    }
    expect(onlyOpen(taps.prod.asked().slice(before))).toEqual([]);
    expect(taps.staging.asked()).toEqual([]);
  });
});
