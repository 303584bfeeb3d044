import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { chartFiles } from '../../../src/install/chart/files.ts';
import { changes } from '../../../src/install/chart/metadata.ts';
import type { Schema } from '../../../src/install/chart/print.ts';
import { valuesSchema, valuesTable, valuesYaml } from '../../../src/install/chart/print.ts';
import { DEFAULTS } from '../../../src/install/options.ts';

const values = load(valuesYaml()) as Record<string, unknown>;

describe('values.yaml', () => {
  test('has the defaults of the builder', () => {
    const { replicas, watchNamespaces, logLevel, resources, podDisruptionBudget, imagePullSecrets } = DEFAULTS;
    expect(values).toMatchObject({
      replicas,
      watchNamespaces,
      logLevel,
      resources,
      podDisruptionBudget,
      imagePullSecrets,
    });
    expect(values['crds']).toEqual({ ...DEFAULTS.crds, keep: true });
    expect(values['networkPolicy']).toEqual(DEFAULTS.networkPolicy);
    expect((values['image'] as { repository: string }).repository).toBe(DEFAULTS.image.replace(/:[^:]*$/, ''));
  });

  test('says above every value what it means, in short lines', () => {
    const lines = valuesYaml().trimEnd().split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(110);
    const undocumented = ({ properties = {} }: Schema, path: string): string[] =>
      Object.entries(properties).flatMap(([name, property]) =>
        property.properties && property.default === undefined
          ? undocumented(property, `${path}${name}.`)
          : property.description === undefined
            ? [`${path}${name}`]
            : [],
      );
    expect(undocumented(valuesSchema(), '')).toEqual([]);
  });

  test('and the table of the README have the same values', () => {
    const paths = (at: unknown, table: string[]): string[] =>
      Object.entries(at as object).flatMap(([name, value]) => {
        const path = [...table, name];
        const whole = valuesTable().includes(`| \`${path.join('.')}\` |`);
        return whole ? [path.join('.')] : paths(value, path);
      });
    const rows = [...valuesTable().matchAll(/^\| `([^`]+)` \| `/gm)].map(([, path]) => path);
    expect(paths(values, [])).toEqual(rows);
  });
});

describe('values.schema.json', () => {
  test('is closed wherever the chart knows all members, and has no bound that only JavaScript has', () => {
    const text = JSON.stringify(valuesSchema());
    expect(text).not.toContain(String(Number.MAX_SAFE_INTEGER));
    expect(valuesSchema()).toMatchObject({ type: 'object', additionalProperties: false });
    expect(valuesSchema().properties?.['crds']).toMatchObject({ additionalProperties: false });
  });
});

describe('Chart.yaml', () => {
  const changelog =
    '# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- not yet\n\n## [1.2.0] - 2026-01-01\n\n### Added\n\n- one\n  thing\n- another\n\n### Fixed\n\n- it\n\n## [1.1.0]\n\n### Added\n\n- old\n';

  test('tells the changes of its own version', () => {
    expect(changes(changelog, '1.2.0')).toEqual([
      { kind: 'added', description: 'one thing' },
      { kind: 'added', description: 'another' },
      { kind: 'fixed', description: 'it' },
    ]);
  });

  test('cannot be made for a version that the changelog does not have', () => {
    expect(() => changes(changelog, '1.3.0')).toThrow('CHANGELOG.md has no section [1.3.0]: add one');
  });
});

test('a README without a place for the table is refused', () => {
  expect(() => chartFiles({ changelog: '', readme: '# Chart\n', example: {} })).toThrow('<!-- values -->');
});
