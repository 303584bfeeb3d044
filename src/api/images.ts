/**
 * The images a cache runs when its spec names none. They are not defaults of the CRD: written into stored objects they would
 * outlive an operator upgrade. A new operator brings new ones.
 */
export interface DefaultImages {
  /** The engine of type Athens. Older versions have bugs that matter: docs/engines.md. */
  athens: string;
  /** nginx of every gateway, behind Envoy too. Floor 1.30.7: advisories in docs/gateways.md. */
  nginx: string;
  /** Envoy of gateways of type Envoy. It needs a shell (pod/envoy.sh), which the distroless images have not. */
  envoy: string;
}

export const DEFAULT_IMAGES: DefaultImages = {
  athens: 'docker.io/gomods/athens:v0.18.1',
  nginx: 'docker.io/library/nginx:1.30.7-alpine',
  envoy: 'docker.io/envoyproxy/envoy:v1.40.0',
};
