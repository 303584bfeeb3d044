import { describe, expect, it } from '@jest/globals';
import type { ToldEvent } from '../../faults/proxy/contract.ts';
import { eventText, overwritten } from '../../faults/workloads/overwritten.ts';

/** `Deployment/a MODIFIED u1`: numbered by kind and name as the proxy does. */
function run(...lines: string[]): ToldEvent[] {
  const counts = new Map<string, number>();
  return lines.map((line, index) => {
    const [object = '', type = '', uid = ''] = line.split(' ');
    const [kind = '', name = ''] = object.split('/');
    const occurrence = (counts.get(object) ?? 0) + 1;
    counts.set(object, occurrence);
    return { namespace: 'n', kind, name, type, uid, occurrence, resourceVersion: String(index) };
  });
}

describe('which events may be hidden, since a later one overwrites them', () => {
  it.each<[string, ToldEvent[][], string[]]>([
    [
      'all but the last of an object',
      [run('Deployment/a ADDED u', 'Service/a ADDED v', 'Deployment/a MODIFIED u', 'Deployment/a MODIFIED u')],
      ['Deployment a event #1', 'Deployment a event #2'],
    ],
    [
      'those that each run has',
      [
        run('Deployment/a ADDED u', 'Deployment/a MODIFIED u', 'Deployment/a MODIFIED u'),
        run('Deployment/a ADDED u', 'Deployment/a MODIFIED u'),
      ],
      ['Deployment a event #1'],
    ],
    [
      'the end of a cache that is made anew, but not of a child, which only the operator makes anew',
      [
        run(
          'GoProxyCache/a DELETED u',
          'GoProxyCache/a ADDED v',
          'GoProxyCache/a MODIFIED v',
          'Service/a DELETED w',
          'Service/a ADDED x',
        ),
      ],
      ['GoProxyCache a event #1', 'GoProxyCache a event #2'],
    ],
    [
      'of pods that share a name no more than each of them has before its last',
      [
        run(
          'Pod/a-* ADDED u',
          'Pod/a-* ADDED v',
          'Pod/a-* MODIFIED u',
          'Pod/a-* MODIFIED u',
          'Pod/a-* MODIFIED u',
          'Pod/a-* MODIFIED v',
        ),
      ],
      ['Pod a-* event #1'],
    ],
  ])('%s', (_, runs, texts) => {
    expect(overwritten(runs).map(eventText)).toEqual(texts);
  });
});
