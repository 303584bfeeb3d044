/**
 * The images a cache runs when its spec names none. They are not defaults of the CRD: written into stored objects they would
 * outlive an operator upgrade. A new operator brings new ones.
 */
export interface DefaultImages {
  /** The engine of type Athens. Older versions have bugs that matter: docs/engines.md. */
  athens: string;
  /** The gateway of type Nginx. Floor 1.30.7: advisories in docs/gateways.md. */
  nginx: string;
}

export const DEFAULT_IMAGES: DefaultImages = {
  athens: 'docker.io/gomods/athens:v0.18.1',
  nginx: 'docker.io/library/nginx:1.30.7-alpine',
};
