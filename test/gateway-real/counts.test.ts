import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { run } from '../support/run.ts';
import { testbedFolder } from '../testbed/folder.ts';

// Debian's awk is mawk; Alpine's is busybox, and so is the testbed's.
const program = join(import.meta.dirname, '../../src/gateway/pod/counts.awk');
const folder = mkdtempSync(join(tmpdir(), 'counts-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each([['awk'], [join(testbedFolder, 'images/busybox/bin/busybox'), 'awk']])('%s %s', (awk, ...words) => {
  /** The counters after a log, without comments and prefix. */
  async function count(log: string[], before = '', dropped = 0): Promise<{ text: string; values: string[] }> {
    const [old, lines] = [join(folder, 'old'), join(folder, 'log')];
    writeFileSync(old, before);
    writeFileSync(lines, log.map((line) => `${line}\n`).join(''));
    const text = await run(awk, [...words, '-f', program, '-v', `dropped=${dropped}`, 'old=1', old, 'old=', lines]);
    const values = text.split('\n').filter((line) => line.startsWith('goproxycache_gateway_'));
    return { text, values: values.map((line) => line.replace('goproxycache_gateway_', '')) };
  }

  const hit = 'environment="prod",cache="HIT"|status="200"|engines|0.004|700|-';
  const miss = 'environment="prod",cache="MISS"|status="200"|engines|0.310|700|0.306';

  test('counts a request once in each family, and in the buckets that hold it', async () => {
    const { values } = await count([hit, miss, hit]);
    expect(values).toEqual(
      expect.arrayContaining([
        'requests_total{environment="prod",cache="HIT",status="200"} 2',
        'response_bytes_total{environment="prod",cache="HIT"} 1400',
        'request_duration_seconds_bucket{environment="prod",cache="HIT",le="0.001"} 0',
        'request_duration_seconds_bucket{environment="prod",cache="HIT",le="0.005"} 2',
        'request_duration_seconds_bucket{environment="prod",cache="HIT",le="+Inf"} 2',
        'request_duration_seconds_sum{environment="prod",cache="HIT"} 0.008',
        'backend_duration_seconds_bucket{environment="prod",cache="MISS",backend="engines",le="0.25"} 0',
        'backend_duration_seconds_bucket{environment="prod",cache="MISS",backend="engines",le="0.5"} 1',
        'backend_duration_seconds_count{environment="prod",cache="MISS",backend="engines"} 1',
        'uncounted_requests_total 0',
      ]),
    );
    expect(values.filter((line) => line.startsWith('backend') && line.includes('HIT'))).toEqual([]);
  });

  test('adds to the counters of before, in two turns as in one', async () => {
    const first = await count([hit, miss]);
    const second = await count([hit, miss, miss], first.text);
    expect(second.values.sort()).toEqual((await count([hit, miss, hit, miss, miss])).values.sort());
  });

  test('keeps large numbers as they are', async () => {
    const before = (await count([hit])).text.replace('status="200"} 1', 'status="200"} 9007199254740990');
    expect((await count([hit], before)).values).toContain(
      'requests_total{environment="prod",cache="HIT",status="200"} 9007199254740991',
    );
  });

  test.each([
    [
      'nothing of what nginx writes - for',
      'environment="-",cache="-"|status="400"|-|0.000|200|-',
      'environment="",cache=""',
    ],
    [
      'a label it has never heard of',
      'environment="prod",cache="HIT",variant="canary"|status="200"|engines|0.000|700|-',
      'environment="prod",cache="HIT",variant="canary"',
    ],
  ])('takes labels as they are: %s', async (_, line, labels) => {
    const { values } = await count([line]);
    expect(values).toContain(`requests_total{${labels},status="${line.includes('400') ? 400 : 200}"} 1`);
  });

  test('adds up what several tries behind it took', async () => {
    const { values } = await count([miss.replace('0.306', '0.100, 0.050 : 0.006')]);
    expect(values).toContain('backend_duration_seconds_sum{environment="prod",cache="MISS",backend="engines"} 0.156');
  });

  test('says what it could not read', async () => {
    const torn = [hit.slice(0, 30), hit.slice(20), `${hit}|1`, hit.replace('0.004', 'x'), hit.replace('prod', 'p"x')];
    const first = await count([...torn, hit], '', 7);
    expect(first.values).toContain(`uncounted_requests_total ${7 + torn.length}`);
    expect((await count([], first.text, 2)).values).toContain(`uncounted_requests_total ${9 + torn.length}`);
  });

  test('starts anew when the counters of before are of another version', async () => {
    const before = (await count([hit, hit])).text.replace('Bounds: 0.001', 'Bounds: 0.002');
    expect((await count([hit], before)).values.sort()).toEqual((await count([hit])).values.sort());
  });
});
