import { describe, expect, test } from '@jest/globals';
import { parseLine, summarisePass } from '../../support/accesslog.ts';

const line = (path: string, cache: string) => ({ time: '', path, status: 200, environment: 'prod', cache, id: path });

describe('the access log of a gateway', () => {
  test('is read line by line', () => {
    const logged = line('/example.com/a/@v/list', 'MISS');
    expect(parseLine(JSON.stringify(logged))).toEqual([logged]);
  });

  test.each(['gateway: serves the config 1', '2026/11/23 08:00:00 [warn] 1#1: x', '{"half":', '{"time":"now"}', ''])(
    'has no request in %j',
    (text) => {
      expect(parseLine(text)).toEqual([]);
    },
  );

  test('gives the share of hits among files that never change', () => {
    const pass = summarisePass([
      line('/a.com/a/@v/v1.0.0.mod', 'HIT'),
      line('/a.com/a/@v/v1.0.0.zip', 'MISS'),
      line('/a.com/a/@v/list', 'EXPIRED'),
      line('/a.com/a/@v/master.info', 'MISS'),
    ]);
    expect(pass).toMatchObject({ immutable: 2, hitRatio: 0.5 });
  });
});
