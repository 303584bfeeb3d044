/** What the package exports as `goproxycache-operator/cdk8s`. */
export type { CacheProps, EnvironmentProps, GoProxyCacheProps } from './cache.ts';
export { GoProxyCache } from './cache.ts';
export type { GoProxyCacheOperatorProps } from './operator.ts';
export { GoProxyCacheOperator } from './operator.ts';
export { SynthesisError } from './problems.ts';
export { OPERATOR_ONLY } from './render.ts';
export type { StageOverride, StageProps } from './settings.ts';
export { override } from './settings.ts';
export { StageChart } from './stage.ts';
export type { SynthesizeOptions } from './synthesize.ts';
export { synthesize } from './synthesize.ts';
