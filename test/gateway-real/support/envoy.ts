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
  const followed = join(folder.run, 'envoy');
  mkdirSync(followed, { recursive: true, mode: 0o777 });
  for (const part of ['bootstrap', 'certificate', 'listeners', 'routes'] as const) {
    writeFileSync(join(followed, `${part}.json`), localised(folder, files[`envoy-${part}.json`] ?? ''));
  }
  return join(followed, 'bootstrap.json');
}
