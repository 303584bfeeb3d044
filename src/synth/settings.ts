import type { CacheProps, EnvironmentProps } from './cache.ts';
import type { Override } from './merge.ts';
import { merge } from './merge.ts';
import type { GoProxyCacheOperatorProps } from './operator.ts';

/** What is on one cluster: the base of all stages has this form, and so has a stage after its override. */
export interface StageProps {
  /** Namespace of the caches that name none. @default 'goproxy' */
  readonly namespace?: string;
  /** Whether the namespaces of caches, and those that the operator watches, are made too, with Pod Security `restricted`. @default true */
  readonly createNamespaces?: boolean;
  /** How the operator is installed; false when it is there already. @default {} */
  readonly operator?: GoProxyCacheOperatorProps | false;
  /**
   * Whether the caches are rendered to the objects that the operator would make of them, for a cluster where no operator may run.
   * It is not installed then: of `operator` only `images` counts. @default false
   */
  readonly render?: boolean;
  /** The caches by name. @default - none */
  readonly caches?: Readonly<Record<string, CacheProps>>;
}

type EnvironmentNames<Cache> = Cache extends { readonly environments?: infer Environments }
  ? keyof NonNullable<Environments> & string
  : never;

/** Something for each of some names. With no name at all not `{}`, which the compiler would let pass with any field. */
type ByName<Name extends PropertyKey, Values extends Record<Name, unknown>> = [Name] extends [never]
  ? Record<string, never>
  : { readonly [Field in Name]?: Values[Field] | null };

type CacheOverride<Cache> = Override<Omit<CacheProps, 'environments'>> & {
  readonly environments?: ByName<
    EnvironmentNames<Cache>,
    Record<EnvironmentNames<Cache>, Override<EnvironmentProps>>
  > | null;
};

/**
 * What a stage says otherwise than its base: objects are merged, lists are replaced, null takes out what the base says. Caches and
 * their environments go by the names that they have in the base; any other is an error, for the compiler and for `synthesize`.
 */
export type StageOverride<Base extends StageProps = StageProps> = Override<Omit<StageProps, 'caches'>> & {
  readonly caches?: CacheOverrides<NonNullable<Base['caches']>>;
};

type CacheOverrides<Caches> = ByName<
  keyof Caches & string,
  { [Name in keyof Caches & string]: CacheOverride<Caches[Name]> }
>;

/** A base with what a stage says otherwise, for a StageChart of your own app. `synthesize` does this by itself. */
export const override = <Base extends StageProps>(base: Base, stage: StageOverride<Base>): StageProps =>
  merge(base, stage) as StageProps;
