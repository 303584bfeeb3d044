import { dump } from 'js-yaml';
import * as z from 'zod';
import { Values } from './values.ts';

/** A JSON schema, as far as it is printed. */
export interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  maximum?: number;
}

/** values.schema.json: JSON schema draft 7, closed, so that helm refuses a misspelt value. */
export function valuesSchema(): Schema {
  return z.toJSONSchema(Values, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      // Says only "safe in JavaScript".
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as Schema;
}

/** The text in lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const yaml = (value: unknown) => dump(value, { lineWidth: 120, noRefs: true }).trimEnd().split('\n');

function members(schema: Schema): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const comment =
      property.description === undefined ? [] : wrap(property.description, 100).map((line) => `# ${line}`);
    if (property.default !== undefined) return [...comment, ...yaml({ [name]: property.default })];
    if (!property.properties) return [];
    return [...comment, `${name}:`, ...members(property).map((line) => `  ${line}`)];
  });
}

/** values.yaml: every value that has a default, with what it means above it. */
export function valuesYaml(): string {
  return `${members(valuesSchema()).join('\n')}\n`;
}

/** Every value with its default and its meaning, as a table in Markdown. */
export function valuesTable(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = (schema: Schema, path: string): string[] =>
    Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
      const here = `${path}${name}`;
      if (property.default === undefined && property.properties) return rows(property, `${here}.`);
      const value = property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``;
      return [`| \`${here}\` | ${cell(value)} | ${cell(property.description ?? '')} |`];
    });
  return ['| Value | Default | Meaning |', '| --- | --- | --- |', ...rows(valuesSchema(), '')].join('\n');
}
