import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { load } from 'js-yaml';
import type { GatewayModel } from '../../../src/gateway/model.ts';

const folder = join(import.meta.dirname, 'models');

/** The models whose configs are golden files, by the name of their file. */
export const goldenModels: { name: string; model: GatewayModel }[] = readdirSync(folder).map((file) => ({
  name: basename(file, '.yaml'),
  model: load(readFileSync(join(folder, file), 'utf8')) as GatewayModel,
}));
