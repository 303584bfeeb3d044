import { ApiObject } from 'cdk8s';
// Not by way of the package's index: that loads every L2 class, and takes several times as long.
import * as k8s from 'cdk8s-plus-27/lib/imports/k8s.js';
import { Construct } from 'constructs';
import { describeProblem } from '../api/validate.ts';
import { optionProblems } from '../install/check.ts';
import { installation } from '../install/install.ts';
import type { InstallOptions } from '../install/options.ts';
import { isRecord } from './merge.ts';

/** How the operator is installed. */
export type GoProxyCacheOperatorProps = Readonly<InstallOptions>;

/** An object as the builder of the installation makes it. */
interface Built {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/**
 * Kinds that the typed classes of Kubernetes 1.27 write whole. Of others they lose something without a word: an int-or-string and
 * a quantity that is not wrapped in a class of theirs (Deployment, Service, PodDisruptionBudget, NetworkPolicy), and every field
 * that is younger (`fieldPath` in the rules of a CustomResourceDefinition).
 */
const TYPED: Record<string, new (scope: Construct, id: string, props: never) => ApiObject> = {
  Namespace: k8s.KubeNamespace,
  ServiceAccount: k8s.KubeServiceAccount,
  ClusterRole: k8s.KubeClusterRole,
  ClusterRoleBinding: k8s.KubeClusterRoleBinding,
  Role: k8s.KubeRole,
  RoleBinding: k8s.KubeRoleBinding,
};

/** The operator's own installation: the same objects as `goproxycache install` prints and the Helm chart makes. */
export class GoProxyCacheOperator extends Construct {
  /** Everything that is installed, in the order of creation. */
  readonly objects: readonly ApiObject[];
  /** The namespace of the operator's pods. */
  readonly namespace: string | undefined;

  /** @throws OptionError for an option that no cluster could run. */
  constructor(scope: Construct, id: string, props: GoProxyCacheOperatorProps = {}) {
    super(scope, id);
    this.objects = (installation(props) as Built[]).map(({ apiVersion, kind, metadata, ...rest }) => {
      const path = [kind, metadata.namespace, metadata.name].filter(Boolean).join('-');
      const Typed = TYPED[kind];
      return Typed
        ? new Typed(this, path, { metadata, ...rest } as never)
        : new ApiObject(this, path, { apiVersion, kind, metadata, ...rest });
    });
    this.namespace = this.objects.find(({ kind }) => kind === 'Deployment')?.metadata.namespace;
  }
}

/** What is wrong with the options of an operator. */
export function operatorProblems(field: string, options: unknown): string[] {
  if (isRecord(options)) return optionProblems(options, field);
  return [
    describeProblem({ field, value: options, message: 'must be an object of options, or false for no operator' }),
  ];
}
