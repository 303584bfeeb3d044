/** A Kubernetes object as it is written: raw JSON. Models of client-node are used as types of the parts, never its serialisers. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}
