import type { Spec } from '../../../src/api/spec.ts';
import { operatorImage } from '../../support/operatorpod.ts';
import {
  amidFetch,
  certificate,
  evict,
  grow,
  killEngine,
  killOperator,
  operatorBecomes,
  restartOperator,
  whileOperator,
} from './actions.ts';
import type { Stage, Step } from './stage.ts';
import { applyHere, baseSpec, ENVOY, otherImage, otherTag } from './stage.ts';

/** A kind of rollout, there and back. */
export interface Rollout {
  id: string;
  type: Stage['type'];
  steps: Step[];
  /**
   * Whether the engine of the clients is away for a while: then what no gateway pod has waits for it. `stopped`: because the spec
   * says so, for as long as it says so.
   */
  gap: 'none' | 'restart' | 'stopped';
}

type Environments = NonNullable<Spec['environments']>;
type Gateway = NonNullable<Spec['gateway']>;

const gateway =
  (more: (before: Gateway) => Partial<Gateway>) =>
  (spec: Spec): Spec => ({ ...spec, gateway: { ...spec.gateway, ...more(spec.gateway ?? {}) } });
const engine =
  (more: Spec['engine']) =>
  (spec: Spec): Spec => ({ ...spec, engine: { ...spec.engine, ...more } });
const environments =
  (more: (before: Environments) => Environments) =>
  (spec: Spec): Spec => ({ ...spec, environments: more(spec.environments ?? []) });
const prod = (more: Partial<Environments[number]>) =>
  environments((all) => all.map((one) => (one.name === 'prod' ? { ...one, ...more } : one)));

const canary = (weight: number) =>
  prod({
    canary: {
      engine: { type: 'Athens', image: otherImage('engine') },
      weight,
      match: { header: { name: 'X-Canary', value: '1' } },
    },
  });

/** Applies the base with a change, and waits until nothing is under way. */
const becomes = (what: string, change: (spec: Spec) => Spec, replaces: string[] = []): Step => ({
  what,
  replaces,
  do: (stage) => applyHere(stage, change(baseSpec(stage))),
});
const back = (replaces: string[] = []): Step => becomes('and back', (spec) => spec, replaces);

/** A change of the spec and back; pods of these roles go at the first step, and at the second one. */
const change = (id: string, to: (spec: Spec) => Spec, there: string[] = [], home = there): Omit<Rollout, 'type'> => ({
  id,
  gap: there.includes('engine/prod') ? 'restart' : 'none',
  steps: [becomes(id, to, there), back(home)],
});

const ENGINES = ['engine/prod', 'engine/dev'];
const configuration = gateway(({ cache }) => ({ cache: { ...cache, mutableTTLSeconds: 31 } }));
const gatewayResources = gateway(() => ({ resources: { requests: { cpu: '21m', memory: '32Mi' } } }));
const fetchTimeout = engine({ fetch: { timeoutSeconds: 300 } });

/** Engines are away for at least 20 s, in which a rollout of the gateway would be over. */
const fetchTimeoutAmidFetch: Omit<Rollout, 'type'> = {
  id: 'fetch-timeout-amid-a-fetch',
  gap: 'restart',
  steps: [amidFetch('fetch-timeout', fetchTimeout, ['gateway', ...ENGINES]), back(['gateway', ...ENGINES])],
};

/** What changes the gateway: tried with both types. */
const gatewayRollouts: Omit<Rollout, 'type'>[] = [
  change('gateway-configuration', configuration),
  change(
    'environment-added',
    environments((all) => [...all, { name: 'qa', storage: { type: 'EmptyDir', size: '1Gi' } }]),
    [],
    ['engine/qa'],
  ),
  change(
    'environment-removed',
    environments((all) => all.filter(({ name }) => name === 'prod')),
    ['engine/dev'],
    [],
  ),
  change(
    'gateway-image',
    gateway(() => ({ image: otherImage('gateway') })),
    ['gateway'],
  ),
  change('gateway-resources', gatewayResources, ['gateway']),
  {
    id: 'gateway-replicas',
    gap: 'none',
    steps: [
      becomes(
        '2 to 3',
        gateway(() => ({ replicas: 3 })),
      ),
      back(['gateway']),
    ],
  },
  change(
    'cache-sharing',
    gateway(({ cache }) => ({ cache: { ...cache, sharing: 'ConsistentHash' } })),
  ),
  {
    id: 'certificate',
    gap: 'none',
    steps: [certificate('the second one', 1), certificate('and back', 0)],
  },
  {
    id: 'eviction',
    gap: 'none',
    steps: [evict('the first gateway pod'), evict('the other gateway pod')],
  },
];

const rollouts: Omit<Rollout, 'type'>[] = [
  ...gatewayRollouts,
  change('upstreams', (spec) => ({ ...spec, upstreams: [...(spec.upstreams ?? [])].reverse() }), ENGINES),
  change('engine-image', engine({ image: otherImage('engine') }), ENGINES),
  change('engine-resources', engine({ resources: { requests: { cpu: '21m', memory: '64Mi' } } }), ENGINES),
  change('fetch-timeout', fetchTimeout, ['gateway', ...ENGINES]),
  fetchTimeoutAmidFetch,
  { ...change('environment-stopped', prod({ replicas: 0 }), ['engine/prod'], []), gap: 'stopped' },
  {
    id: 'canary',
    gap: 'none',
    steps: [
      becomes('on', canary(0)),
      becomes('for half of the clients', canary(50)),
      becomes('for all', canary(100)),
      becomes('off', (spec) => spec, ['canary/prod']),
    ],
  },
  change('mirror', prod({ mirror: { to: 'dev', percent: 100 } })),
  {
    id: 'engine-killed',
    gap: 'restart',
    steps: [{ what: 'the engine of prod', replaces: ['engine/prod'], do: killEngine }],
  },
  { id: 'storage-grown', gap: 'none', steps: [{ what: 'of dev, to 2Gi', replaces: [], do: grow }] },
  {
    id: 'operator-restarted',
    gap: 'none',
    steps: [
      whileOperator('restarts', configuration, [], restartOperator),
      whileOperator('restarts again', (spec) => spec, [], restartOperator),
    ],
  },
  {
    id: 'operator-killed',
    gap: 'none',
    steps: [
      whileOperator('is killed', gatewayResources, ['gateway'], killOperator),
      whileOperator('is killed again', (spec) => spec, ['gateway'], killOperator),
    ],
  },
  {
    id: 'operator-upgraded',
    gap: 'none',
    steps: [
      whileOperator('has another image', configuration, [], () => operatorBecomes(otherTag(operatorImage() ?? ''))),
      whileOperator(
        'has its image again',
        (spec) => spec,
        [],
        () => operatorBecomes(operatorImage() ?? ''),
      ),
    ],
  },
  {
    id: 'gateway-type',
    gap: 'none',
    steps: [becomes('Envoy', envoyInstead, ['gateway']), back(['gateway'])],
  },
];

/** All of them: with nginx, and what concerns the gateway with Envoy too. */
export const ROLLOUTS: readonly Rollout[] = [
  ...rollouts.map((rollout) => of(rollout, 'Nginx')),
  ...[
    ...gatewayRollouts,
    change(
      'envoy-image',
      gateway(({ envoy }) => ({ envoy: { ...envoy, image: otherImage('envoy') } })),
      ['gateway'],
    ),
    change('fetch-timeout', fetchTimeout, ['gateway', ...ENGINES]),
    fetchTimeoutAmidFetch,
  ].map((rollout) => of(rollout, 'Envoy')),
];

function of(rollout: Omit<Rollout, 'type'>, type: Stage['type']): Rollout {
  return { ...rollout, id: `downloads/${type}/${rollout.id}`, type };
}

function envoyInstead(spec: Spec): Spec {
  return gateway(() => ({ type: 'Envoy', envoy: ENVOY }))(spec);
}
