import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayFiles } from '../../../src/gateway/files.ts';
import { testbedFolder } from '../../testbed/folder.ts';
import type { PodFolder } from './nginx.ts';

/** The Envoy under test: packages-install.sh fetches it. */
export const envoyBinary = process.env['GATEWAY_ENVOY'] ?? join(testbedFolder, 'bin/envoy');

/** A file of the config with the folders of a pod of the test. */
export function localised(folder: PodFolder, text: string): string {
  return folder.localise(text).replaceAll('/etc/gateway', join(folder.root, 'config'));
}

/** Puts the files of Envoy where a pod would have them, and gives the bootstrap's. */
export function localFiles(folder: PodFolder, files: GatewayFiles): string {
  const config = join(folder.root, 'config');
  const followed = join(folder.run, 'envoy');
  mkdirSync(config, { recursive: true });
  mkdirSync(followed, { recursive: true, mode: 0o777 });
  const local = (text: string | undefined): string => localised(folder, text ?? '');
  writeFileSync(join(config, 'envoy.json'), local(files['envoy.json']));
  writeFileSync(join(config, 'envoy-certificate.json'), local(files['envoy-certificate.json']));
  writeFileSync(join(followed, 'listeners.json'), local(files['envoy-listeners.json']));
  writeFileSync(join(followed, 'routes.json'), local(files['envoy-routes.json']));
  return join(config, 'envoy.json');
}
