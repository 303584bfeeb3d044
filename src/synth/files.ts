import { Yaml } from 'cdk8s';
import { SynthesisError } from './problems.ts';
import type { StageChart } from './stage.ts';
import { SYNC_WAVE, WAVE } from './waves.ts';

/** The first line of every file: it tells a person not to edit it, and us that the file is ours. */
const HEADER = '# Written by goproxycache-operator/cdk8s. Do not edit: synth writes it anew.\n';

/** Whether a file was written by us. */
export const isOurs = (text: string): boolean => text.startsWith(HEADER);

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> };
}

/**
 * The files of a stage, text by name: one an object. A name begins with the wave, so that the order of names is that of application. It
 * depends on nothing but its object, so a new object renames no other. A namespace is a part of it when it is not the usual one.
 */
export function stageFiles(chart: StageChart): Map<string, string> {
  const files = new Map<string, string>();
  for (const manifest of chart.toJson() as Manifest[]) {
    const { name, namespace } = manifest.metadata;
    const wave = waveOf(manifest, chart);
    const usual = wave < WAVE.caches ? chart.operator?.namespace : chart.cacheNamespace;
    const words = [manifest.kind, ...(namespace === undefined || namespace === usual ? [] : [namespace]), name];
    const file = `${wave - WAVE.kindsAndNamespaces}-${words.join('.').replace(/[^\w.-]/g, '-')}.yaml`;
    if (files.has(file))
      throw new SynthesisError([`${chart.node.id}: "${file}": two objects would be in this file: rename one of them`]);
    files.set(file, HEADER + Yaml.stringify(manifest));
  }
  return files;
}

/** @throws SynthesisError when the names of files would not sort like it. */
function waveOf({ kind, metadata }: Manifest, chart: StageChart): number {
  const text = metadata.annotations?.[SYNC_WAVE] ?? String(WAVE.caches);
  if (/^(-[12]|[0-7])$/.test(text)) return Number(text);
  const remedy = 'must be a whole number from -2 to 7, since files are applied in the order of their names';
  throw new SynthesisError([`${chart.node.id}: ${kind} ${metadata.name}: ${SYNC_WAVE}: "${text}": ${remedy}`]);
}
