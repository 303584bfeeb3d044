import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { customResourceDefinition } from '../../../src/api/crd.ts';
import { CHECKOUT } from '../../support/environment.ts';
import { run } from '../../support/run.ts';
import type { Definition, Swagger } from './schemas.ts';

/** The folder of a Go module that a go.mod of the testbed requires; the go command fetches it when it is not there. */
async function moduleFolder(requiredBy: string, module: string): Promise<string> {
  const text = await run('go', ['mod', 'download', '-json', module], {
    cwd: join(CHECKOUT, 'test/testbed', requiredBy),
  });
  return (JSON.parse(text) as { Dir: string }).Dir;
}

/** The OpenAPI description of the Kubernetes that the testbed is. */
export async function kubernetesOpenAPI(): Promise<Swagger> {
  const folder = await moduleFolder('programs', 'k8s.io/kubernetes');
  return JSON.parse(await readFile(join(folder, 'api/openapi-spec/swagger.json'), 'utf8')) as Swagger;
}

const PUBLISHED = [
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    file: 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
  },
  { module: 'sigs.k8s.io/gateway-api', file: 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml' },
];

/** Our own CustomResourceDefinition, and those of others that we write resources of. */
export async function customResources(): Promise<Definition[]> {
  const published = PUBLISHED.map(async ({ module, file }) => {
    const text = await readFile(join(await moduleFolder('crds', module), file), 'utf8');
    return loadAll(text) as Definition[];
  });
  return [customResourceDefinition(), ...(await Promise.all(published)).flat()];
}
