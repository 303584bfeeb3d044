import type { Json, Path } from './json.ts';
import { get, isObject, isWithin, set, unset } from './json.ts';

/** A rule that binds two fields, and what else has to change so that a change of one of them is valid. */
interface Bond {
  /** How the message of the rule begins. */
  rule: string;
  /** The spec with the other field changed. `changed` is what the operation is about, and stays. */
  keep(spec: Json, changed: Path): Json;
}

const TLS: Path = ['gateway', 'tls'];
const AUTH: Path = ['gateway', 'auth'];
const SOURCE: Path = ['gateway', 'clientAddress', 'source'];
const CIDRS: Path = ['gateway', 'clientAddress', 'trustedCIDRs'];
const ENVIRONMENTS: Path = ['environments'];

const list = (spec: Json, path: Path): readonly unknown[] => (get(spec, path) as readonly unknown[] | undefined) ?? [];
const fields = (value: unknown): Json => (isObject(value) ? value : {});

/** Both lists of upstreams, those of the cache and those of each environment. */
const upstreamLists = (spec: Json): Path[] => [
  ['upstreams'],
  ...list(spec, ENVIRONMENTS).map((_, index): Path => ['environments', index, 'upstreams']),
];

const mapItems = (spec: Json, path: Path, change: (item: Json, index: number) => Json | undefined): Json =>
  get(spec, path) === undefined
    ? spec
    : set(
        spec,
        path,
        list(spec, path).flatMap((item, index) => change(fields(item), index) ?? []),
      );

const eachUpstream = (spec: Json, change: (item: Json, all: readonly unknown[], path: Path) => Json | undefined) =>
  upstreamLists(spec).reduce((now, path) => {
    const all = list(now, path);
    return mapItems(now, path, (item, index) => change(item, all, [...path, index]));
  }, spec);

const eachEnvironment = (spec: Json, change: (environment: Json, index: number) => Json) =>
  mapItems(spec, ENVIRONMENTS, change);

/** Every storage block. */
const storages = (spec: Json): Path[] => [
  ['storage'],
  ...list(spec, ENVIRONMENTS).flatMap((_, index): Path[] => [
    ['environments', index, 'storage'],
    ['environments', index, 'canary', 'storage'],
  ]),
];

const claimField =
  (field: string): Bond['keep'] =>
  (spec, changed) =>
    storages(spec).reduce((now, path) => {
      if (get(now, [...path, 'type']) !== 'EmptyDir' || get(now, [...path, field]) === undefined) return now;
      return isWithin(changed, [...path, field])
        ? set(now, [...path, 'type'], 'PersistentVolumeClaim')
        : unset(now, [...path, field]);
    }, spec);

export const BONDS: readonly Bond[] = [
  {
    rule: 'envoy goes with type Envoy',
    keep: (spec, changed) =>
      isWithin(changed, ['gateway', 'envoy'])
        ? set(spec, ['gateway', 'type'], 'Envoy')
        : unset(spec, ['gateway', 'envoy']),
  },
  {
    rule: 'trustedCIDRs goes with source',
    keep(spec, changed) {
      const believes = get(spec, SOURCE) !== 'Connection';
      if (isWithin(changed, CIDRS)) return set(spec, SOURCE, believes ? 'Connection' : 'XForwardedFor');
      return believes ? set(spec, CIDRS, ['10.0.0.0/8']) : unset(spec, CIDRS);
    },
  },
  {
    rule: 'burst goes with requestsPerSecond',
    keep: (spec, changed) =>
      isWithin(changed, ['gateway', 'limits', 'burst'])
        ? set(spec, ['gateway', 'limits', 'requestsPerSecond'], 50)
        : unset(spec, ['gateway', 'limits', 'burst']),
  },
  {
    rule: 'key of Subject needs auth',
    keep: (spec, changed) =>
      isWithin(changed, ['gateway', 'limits']) ? set(spec, AUTH, {}) : unset(spec, ['gateway', 'limits', 'key']),
  },
  {
    rule: 'auth needs TLS',
    keep: (spec, changed) =>
      isWithin(changed, TLS) || isWithin(changed, ['exposure']) ? unset(spec, AUTH) : set(spec, TLS, {}),
  },
  {
    rule: 'access of environments needs',
    keep: (spec, changed) =>
      isWithin(changed, ENVIRONMENTS)
        ? set(spec, AUTH, {})
        : eachEnvironment(spec, (environment) => unset(environment, ['access'])),
  },
  {
    rule: 'tlsSecretName needs a host name',
    keep: (spec, changed) =>
      isWithin(changed, ['exposure'])
        ? set(spec, ['environments', 0, 'hostnames'], ['go.acme.example'])
        : unset(spec, ['exposure', 'ingress', 'tlsSecretName']),
  },
  {
    rule: 'plainHTTP must be Enabled',
    keep: (spec, changed) =>
      isWithin(changed, [...TLS, 'plainHTTP'])
        ? unset(unset(spec, ['exposure', 'ingress']), ['exposure', 'gatewayAPI'])
        : set(spec, [...TLS, 'plainHTTP'], 'Enabled'),
  },
  {
    rule: 'mirror.to must be',
    keep(spec, changed) {
      const names = list(spec, ENVIRONMENTS).map((environment) => fields(environment)['name']);
      const at = changed.slice(0, 2);
      const [to, own] = [get(spec, [...at, 'mirror', 'to']), get(spec, [...at, 'name'])];
      if (isWithin(changed, ['environments', '*', 'mirror'])) {
        if (!names.includes(to)) return set(spec, ['environments', names.length], { name: to });
        if (to === own) return set(spec, [...at, 'mirror', 'to'], names.find((name) => name !== own) ?? 'prod');
      }
      return eachEnvironment(spec, (environment) => {
        const target = get(environment, ['mirror', 'to']);
        const isGood = names.includes(target) && target !== environment['name'];
        return isGood ? environment : unset(environment, ['mirror']);
      });
    },
  },
  {
    rule: 'environments need one that is the default',
    keep: (spec, changed) => set(spec, ['environments', changed[1] === 0 ? 1 : 0, 'default'], true),
  },
  {
    rule: 'environments can have only one default',
    keep: (spec, changed) =>
      eachEnvironment(spec, (environment, index) =>
        index === changed[1] ? environment : unset(environment, ['default']),
      ),
  },
  {
    rule: 'environments cannot share a host name',
    keep: (spec, changed) =>
      eachEnvironment(spec, (environment, index) =>
        index === changed[1] ? environment : unset(environment, ['hostnames']),
      ),
  },
  {
    rule: 'url goes with type URL',
    keep: (spec, changed) =>
      eachUpstream(spec, (item, _, path) => {
        const isChanged = isWithin(changed, [...path, 'url']);
        if (item['url'] === undefined) {
          if (item['type'] !== 'URL') return item;
          return isChanged
            ? { ...unset(item, ['fallThrough']), type: 'Direct' }
            : { ...item, url: 'https://goproxy.cn' };
        }
        if (item['type'] === 'URL') return item;
        return isChanged ? { ...item, type: 'URL' } : unset(item, ['url']);
      }),
  },
  {
    rule: 'fallThrough goes with type URL',
    keep: (spec, changed) =>
      eachUpstream(spec, (item, _, path) => {
        if (item['type'] === 'URL' || item['fallThrough'] === undefined) return item;
        return isWithin(changed, [...path, 'fallThrough'])
          ? { ...item, type: 'URL', url: 'https://goproxy.cn' }
          : unset(item, ['fallThrough']);
      }),
  },
  {
    rule: 'upstreams after one of type Direct',
    keep: (spec, changed) =>
      eachUpstream(spec, (item, all, path) => {
        const isLast = path.at(-1) === all.length - 1;
        if (item['type'] !== 'Direct' || isLast) return item;
        return isWithin(changed, path) ? undefined : { type: 'URL', url: 'https://goproxy.cn' };
      }),
  },
  {
    rule: 'upstreams with type GoDefault',
    keep: (spec, changed) =>
      eachUpstream(spec, (item, all, path) => {
        if (all.length === 1) return item;
        const alone = all.find((other, index) => fields(other)['type'] === 'GoDefault' && changed.includes(index));
        if (alone !== undefined && isWithin(changed, path.slice(0, -1))) return item === alone ? item : undefined;
        return item['type'] === 'GoDefault' ? { type: 'URL', url: 'https://goproxy.cn' } : item;
      }),
  },
  { rule: 'storageClassName goes with type', keep: claimField('storageClassName') },
  { rule: 'retentionPolicy goes with type', keep: claimField('retentionPolicy') },
];
