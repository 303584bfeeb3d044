import * as z from 'zod';

/** Condition in the shape of KEP-1623 (metav1.Condition). */
const condition = z.object({
  type: z.string().max(316).describe('What the condition is about.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  observedGeneration: z.int().min(0).optional().describe('Generation of the spec that was judged.'),
  lastTransitionTime: z.string().max(64).meta({ format: 'date-time' }).describe('When the status last changed.'),
  reason: z.string().min(1).max(1024).describe('One word for programs.'),
  message: z.string().max(32768).describe('One sentence for people: which object, what is wrong, what to do.'),
});

/** status of a GoProxyCache, written by the operator alone. */
export const Status = z
  .object({
    observedGeneration: z.int().min(0).optional().describe('Generation of the spec that this status speaks of.'),
    conditions: z
      .array(condition.describe('One aspect of the state.'))
      .max(16)
      .optional()
      .describe('Ready sums up all others.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
    url: z.string().max(1024).optional().describe('Address of the gateway: the value for GOPROXY.'),
    environmentSummary: z.string().max(1024).optional().describe('Names of the environments, the default one first.'),
    client: z
      .object({
        GOPROXY: z.string().max(1024).describe('Value for GOPROXY.'),
        GONOSUMDB: z
          .string()
          .max(40000)
          .optional()
          .describe(
            'Value for GONOSUMDB: the private modules. Not for GOPRIVATE, which would lead the go command past the cache.',
          ),
      })
      .optional()
      .describe('Settings for the go command, ready to copy.'),
    gateway: z
      .object({
        replicas: z.int().min(0).optional().describe('Number of gateway pods.'),
        readyReplicas: z.int().min(0).optional().describe('Number of gateway pods that serve.'),
        selector: z
          .string()
          .max(1024)
          .optional()
          .describe('Label selector of the gateway pods, for the scale subresource.'),
        wantedConfig: z.string().max(64).optional().describe('Configuration that every gateway pod should serve.'),
        servedConfig: z
          .string()
          .max(64)
          .optional()
          .describe('Configuration that every gateway pod serves; empty while they differ.'),
      })
      .optional()
      .describe('State of the gateway.'),
    environments: z
      .array(
        z
          .object({
            name: z.string().max(20).describe('Name of the environment.'),
            url: z
              .string()
              .max(1024)
              .optional()
              .describe('Address that always means this environment: by path, where routing.order has PathPrefix.'),
            ready: z.boolean().optional().describe('Whether its engine serves.'),
            claim: z.string().max(253).optional().describe('Its PersistentVolumeClaim.'),
            capacity: z.string().max(32).optional().describe('Size of the bound volume.'),
            canary: z
              .object({ ready: z.boolean().optional().describe('Whether it serves.') })
              .optional()
              .describe('Its second engine.'),
          })
          .describe('State of one environment.'),
      )
      .max(16)
      .optional()
      .describe('State of each environment.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  })
  .describe('What was observed of the cache.');

export type Status = z.output<typeof Status>;
export type Condition = z.output<typeof condition>;
