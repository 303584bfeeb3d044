import { effective } from '../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../src/api/images.ts';
import { validate } from '../../src/api/validate.ts';
import { athensEnv, STORAGE_ROOT } from '../../src/desired/athens.ts';

/** Where an Athens outside of a pod has its things. */
export interface AthensPlaces {
  storage: string;
  /** In the place of /tmp. */
  home: string;
  port: number;
}

/** What an Athens of this machine is told: the settings that the operator gives it for this upstream, with other places. */
export function athensEnvironment(upstream: string, { storage, home, port }: AthensPlaces): NodeJS.ProcessEnv {
  const { spec } = validate({
    metadata: { name: 'local' },
    spec: { upstreams: [{ type: 'URL', url: upstream }], checksumDatabase: { mode: 'Disabled' } },
  });
  const all = spec && effective(spec, DEFAULT_IMAGES);
  const environment = all?.environments[0];
  if (all === undefined || environment === undefined) throw new Error(`${upstream} is no upstream of a valid cache`);
  const settings = athensEnv(all, environment).map(({ name, value = '' }) => [
    name,
    value.replace(STORAGE_ROOT, storage).replace(/^\/tmp$/, home),
  ]);
  return { ...(Object.fromEntries(settings) as NodeJS.ProcessEnv), ATHENS_PORT: `127.0.0.1:${port}` };
}
