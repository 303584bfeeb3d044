import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterEnvironment } from '../../support/environment.ts';
import { tryRun } from '../../support/run.ts';
import { customResources, kubernetesOpenAPI } from './published.ts';
import { fileName, kindSchemas, SCHEMA_LOCATION } from './schemas.ts';

/** What kubeconform found out about one object. */
export interface Finding {
  kind: string;
  name: string;
  status: 'statusValid' | 'statusInvalid' | 'statusError' | 'statusSkipped';
  msg: string;
}

export interface Kubeconform {
  /** Judges every object of a YAML stream; strict, and without the network. */
  check(yaml: string): Promise<Finding[]>;
  /** Removes the schemas. */
  close(): Promise<void>;
}

/**
 * Kinds of objects that we write and nobody gives us a CustomResourceDefinition for. They are not checked here; everything
 * else has to have a schema.
 */
const UNKNOWN_KINDS = ['Application', 'ApplicationSet'];

/** Writes the schemas, and runs the real kubeconform on them. */
export async function startKubeconform(): Promise<Kubeconform> {
  const folder = await mkdtemp(join(tmpdir(), 'goproxycache-schemas-'));
  const kinds = kindSchemas(await kubernetesOpenAPI(), await customResources());
  await Promise.all(kinds.map((kind) => writeFile(join(folder, fileName(kind)), JSON.stringify(kind.schema))));
  const location = ['-schema-location', join(folder, SCHEMA_LOCATION)];
  const flags = ['-strict', '-verbose', '-output', 'json', '-skip', UNKNOWN_KINDS.join(), ...location];
  return {
    check: async (yaml) => {
      const { stdout, stderr } = await tryRun('kubeconform', [...flags, '-'], {
        input: yaml,
        env: clusterEnvironment(),
      });
      if (stdout === '') throw new Error(`kubeconform: ${stderr}`);
      return (JSON.parse(stdout) as { resources: Finding[] }).resources;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
