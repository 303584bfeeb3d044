import { dump } from 'js-yaml';

export type Format = 'yaml' | 'json';

/** Objects as text that kubectl reads: a YAML stream, or one JSON List. */
export function printObjects(objects: object[], format: Format): string {
  if (format === 'json') return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2)}\n`;
  return objects.map((object) => `---\n${dump(object, { lineWidth: 120, noRefs: true })}`).join('');
}
