import { KubeConfig } from '@kubernetes/client-node';

/** Which kubeconfig to load. */
export interface KubeConfigSource {
  /** A file; otherwise the usual places: $KUBECONFIG, ~/.kube/config, the pod's service account. */
  file?: string | undefined;
  context?: string | undefined;
}

/** Loads a kubeconfig afresh. Throws with a sentence that names the file or the missing context. */
export function loadKubeConfig(source: KubeConfigSource = {}): KubeConfig {
  const config = new KubeConfig();
  if (source.file === undefined) config.loadFromDefault();
  else config.loadFromFile(source.file);
  if (source.context !== undefined) config.setCurrentContext(source.context);
  if (!config.getCurrentCluster()) {
    throw new Error(`kubeconfig ${source.file ?? ''} has no cluster for its context '${config.getCurrentContext()}'`);
  }
  return config;
}
