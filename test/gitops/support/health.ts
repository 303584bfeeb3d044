import { join } from 'node:path';
import { CHECKOUT } from '../../support/environment.ts';
import { argocd } from './argocd.ts';

/** In the layout of Argo CD's own repository. */
export const customization = join(CHECKOUT, 'argocd/resource_customizations/goproxycache.io/GoProxyCache');

/** What the real Argo CD says of an object in a file of the customization, by argocd/argocd-cm.yaml. */
export async function healthOf(inputPath: string): Promise<{ status: string; message: string }> {
  const text = await argocd(
    ...['admin', 'settings', 'resource-overrides', 'health', join(customization, inputPath)],
    ...['--argocd-cm-path', join(CHECKOUT, 'argocd/argocd-cm.yaml')],
  );
  const [, status = '', message = ''] = /^STATUS: (.*)\nMESSAGE: (.*)$/m.exec(text) ?? [];
  return { status, message };
}
