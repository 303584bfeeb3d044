import type { V1PodDisruptionBudgetSpec } from '@kubernetes/client-node';
import { customResourceDefinition } from '../api/crd.ts';
import { access } from './access.ts';
import { OptionError, optionProblems } from './check.ts';
import { deployment } from './deployment.ts';
import { monitoring } from './monitoring.ts';
import { LABELS, NAME, SELECTOR } from './names.ts';
import { networkPolicy } from './network.ts';
import type { Installation, InstallOptions } from './options.ts';
import { complete } from './options.ts';

/**
 * Everything that makes the operator run, in the order of creation: one builder for `goproxycache install`, the chart and the construct.
 * @throws OptionError for what check.ts refuses
 */
export function installation(options: InstallOptions = {}): object[] {
  const problems = optionProblems(options);
  if (problems.length > 0) throw new OptionError(problems.join('\n'));
  const all = complete(options);
  return [
    ...(all.crds.enabled ? [customResourceDefinition()] : []),
    ...(all.createNamespace ? [namespaceObject(all)] : []),
    ...access(all),
    ...networkPolicy(all),
    ...monitoring(all),
    ...(all.podDisruptionBudget.enabled ? [disruptionBudget(all)] : []),
    deployment(all),
  ];
}

const namespaceObject = ({ namespace }: Installation): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: namespace, labels: { ...LABELS, 'pod-security.kubernetes.io/enforce': 'restricted' } },
});

/**
 * maxUnavailable, since a budget of minAvailable would keep a node with the only pod from being drained; and pods that are not ready
 * anyway keep none.
 */
const disruptionBudget = ({ namespace }: Installation): object => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: NAME, namespace, labels: LABELS },
  spec: {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: SELECTOR },
  } satisfies V1PodDisruptionBudgetSpec,
});
