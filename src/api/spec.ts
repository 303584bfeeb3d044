import { z } from 'zod';

/**
 * The one definition of what a user may write. From it come the TypeScript types, the parser, crds/ and docs/api.md.
 * Cross-field rules live in rules.ts. Objects are strict, so that the parser reports fields it does not know.
 *
 * effective.ts fills two kinds of defaults that are not in the CRD: those of list items, since Argo CD would report them as a
 * difference for ever and server-side apply would leave ghosts of them; and those of fields that belong to one variant of a
 * union, since a stored default would stay behind when the variant changes.
 */

const LIST_MAP = (...keys: string[]) => ({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
const SET = { 'x-kubernetes-list-type': 'set' };
const ATOMIC = { 'x-kubernetes-list-type': 'atomic' };
const ATOMIC_MAP = { 'x-kubernetes-map-type': 'atomic' };

/** Bounds a text in characters as the API server counts them, by code point; zod's own `max` counts UTF-16 units. */
const atMost = (max: number, text: z.ZodString) =>
  text
    .refine((value) => value.length <= max || [...value].length <= max, {
      error: `must have at most ${max} characters`,
    })
    .meta({ maxLength: max });
const text = (max: number) => atMost(max, z.string().min(1, { error: 'must not be empty' }));

/** Refuses a second item of the same key, as the API server does in a list of type map or set. */
const unique =
  <T>(key: (item: T) => string) =>
  ({ value, issues }: z.core.ParsePayload<T[]>) => {
    const seen = new Set<string>();
    for (const [index, item] of value.entries()) {
      if (seen.has(key(item)))
        issues.push({
          code: 'custom',
          path: [index],
          input: value,
          message: `'${key(item)}' is in the list already: leave one of them`,
        });
      seen.add(key(item));
    }
  };

const size = () => text(20);
const quantity = () =>
  z
    .union([z.int(), atMost(20, z.string())], { error: 'must be a whole number or a text of at most 20 characters' })
    .meta({ 'x-kubernetes-int-or-string': true });
const image = () => text(512);
const url = () => text(1024);
const hostname = () => text(253);
const objectName = () => text(253);
const cidrs = () =>
  z
    .array(atMost(43, z.string()).describe('A range of addresses, for example 10.0.0.0/8 or fd00::/8.'))
    .min(1)
    .max(64)
    .check(unique((item) => item))
    .meta(SET);

const quantities = (what: string) =>
  z
    .strictObject({
      cpu: quantity().optional().describe(`CPU ${what}, for example 500m or 2.`),
      memory: quantity().optional().describe(`Memory ${what}, for example 512Mi.`),
    })
    .meta(ATOMIC_MAP);

const resources = () =>
  z.strictObject({
    requests: quantities('the scheduler reserves').optional().describe('What the scheduler reserves on the node.'),
    limits: quantities('the container may use').optional().describe('What the container may use at most.'),
  });

const annotations = () =>
  z
    .record(z.string(), atMost(4096, z.string()))
    .refine((map) => Object.keys(map).length <= 64, { error: 'must have at most 64 entries' })
    .meta({ maxProperties: 64 });

const claim = () => text(253);

const access = z.strictObject({
  minimumRole: z
    .enum(['Guest', 'User', 'Admin'])
    .optional()
    .describe('The least role of its clients. Guest (the default): whoever gateway.auth lets in.'),
  requiredClaims: z
    .array(
      z
        .strictObject({
          claim: claim().describe('Name of the claim, or the way to it with dots: team, or realm_access.teams.'),
          values: z
            .array(text(128).describe('A value, exactly.'))
            .min(1)
            .max(16)
            .check(unique((item) => item))
            .meta(SET)
            .describe('One of these is its value, or in its list.'),
        })
        .describe('A claim that a token has to have.'),
    )
    .max(8)
    .check(unique((item) => item.claim))
    .meta(LIST_MAP('claim'))
    .optional()
    .describe('Claims that the token of a client has to have: all of them. Left out: none.'),
});

const upstream = z.strictObject({
  type: z
    .enum(['URL', 'Direct', 'GoDefault'])
    .describe(
      'Kind of upstream. URL: another module proxy. Direct: the version control systems themselves. ' +
        "GoDefault: whatever the engine's own Go toolchain uses when GOPROXY is unset, a whole chain by itself.",
    ),
  url: url().optional().describe('Address of the proxy, with type URL: for example https://goproxy.cn.'),
  fallThrough: z
    .enum(['NotFound', 'AnyError'])
    .optional()
    .describe(
      'When the next upstream is asked. NotFound (the default): after a 404 or 410 only. ' +
        'AnyError: after any error and time-out too (the pipe in a GOPROXY list). It means nothing at the last upstream.',
    ),
});

const upstreams = () => z.array(upstream.describe('One place to get modules from.')).min(1).max(8).meta(ATOMIC);

const storageType = () =>
  z
    .enum(['PersistentVolumeClaim', 'EmptyDir'])
    .describe(
      'Kind of storage. PersistentVolumeClaim: a volume of its own for each environment, access mode ReadWriteOnce. ' +
        "EmptyDir: the node's disk; the files are gone with the pod, and are fetched again.",
    );

const storage = () =>
  z.strictObject({
    type: storageType().default('PersistentVolumeClaim'),
    size: size()
      .optional()
      .describe(
        'Size of the volume, for example 100Gi. Left out: 10Gi. It can grow where the StorageClass allows it, and never shrinks. ' +
          'With EmptyDir, a pod that holds more is started anew.',
      ),
    storageClassName: objectName()
      .optional()
      .describe("StorageClass of the volume, with PersistentVolumeClaim. Left out: the cluster's default class."),
    retentionPolicy: z
      .enum(['Retain', 'Delete'])
      .optional()
      .describe(
        'What happens to the volume of a PersistentVolumeClaim when its environment or the whole cache is deleted. Retain (the default) keeps it, and a cache of the same name takes it up again. Delete removes it with its data.',
      ),
  });

const canary = z.strictObject({
  engine: z
    .strictObject({
      type: z.enum(['Athens']).describe('The module proxy that fetches and stores modules.'),
      image: image().optional().describe('Image of the engine. Left out: the version that belongs to this operator.'),
    })
    .describe('The second engine. Everything else of it is as in the first one: resources, upstreams, fetch.'),
  storage: storage()
    .extend({ type: storageType() })
    .optional()
    .describe('Storage of its own, since it may write what the first engine cannot read. Left out: EmptyDir of 10Gi.'),
  weight: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe(
      'Share of the clients, in percent, that the second engine serves. A client is the subject of its token, or its address, and stays where it is. Left out: 0, nobody.',
    ),
  match: z
    .strictObject({
      header: z
        .strictObject({
          name: text(64).describe('Name of a header of your own, for example X-Canary.'),
          value: text(64).describe('The value that it must have, compared without regard to case.'),
        })
        .describe('The header.'),
    })
    .optional()
    .describe('Requests with this header are served by the second engine, whatever the weight. Left out: none.'),
});

const mirror = z.strictObject({
  to: text(20).describe('Name of another environment of this cache.'),
  percent: z.int().min(0).max(100).describe('Share of the requests for modules, in percent.'),
});

const environment = z.strictObject({
  name: text(20).describe(
    'Name of the environment: the path prefix, the value of X-Env, and a part of the names of its objects.',
  ),
  default: z
    .boolean()
    .optional()
    .describe(
      'Whether this is the default environment, which gets the requests that name none. One at most. ' +
        'Without any: the environment called prod, or the only one.',
    ),
  hostnames: z
    .array(hostname().describe('A host name.'))
    .max(8)
    .check(unique((item) => item))
    .meta(SET)
    .optional()
    .describe('Host names that choose this environment, for example staging.goproxy.acme.example.'),
  replicas: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe(
      'Number of engine pods: 1 (the default), or 0 to stop the environment; files in the cache of the gateway are served all the same.',
    ),
  storage: storage()
    .optional()
    .describe(
      'Storage of this environment; replaces spec.storage as a whole. Fields left out have the defaults ' +
        "PersistentVolumeClaim, 10Gi, the cluster's default class and Retain, not the values of spec.storage.",
    ),
  resources: resources()
    .optional()
    .describe("Resources of this environment's engine; replaces spec.engine.resources as a whole."),
  upstreams: upstreams()
    .optional()
    .describe('Where this environment gets what it lacks; replaces spec.upstreams as a whole.'),
  canary: canary
    .optional()
    .describe(
      'A second engine beside the first, for a part of the clients. Its answers are cached apart. Left out: none.',
    ),
  mirror: mirror
    .optional()
    .describe(
      'Repeats a share of the requests to another environment and throws the answers away; no client waits for them. Left out: none.',
    ),
  access: access
    .optional()
    .describe(
      'Whom this environment serves. A request that names it is not served by that alone. Needs gateway.auth. Left out: all whom gateway.auth lets in.',
    ),
});

const engine = z.strictObject({
  type: z.enum(['Athens']).default('Athens').describe('The module proxy that fetches and stores modules.'),
  image: image().optional().describe('Image of the engine. Left out: the version that belongs to this operator.'),
  resources: resources()
    .optional()
    .describe('Resources of each engine pod. Left out: requests of 100m CPU and 256Mi, a limit of 2Gi memory.'),
  fetch: z
    .strictObject({
      timeoutSeconds: z
        .int()
        .min(30)
        .max(1800)
        .default(600)
        .describe(
          'Longest time one module may take to fetch and store. All waiting times in front of the engine follow it.',
        ),
      concurrency: z
        .int()
        .min(1)
        .max(100)
        .default(10)
        .describe('Number of modules one engine pod fetches at the same time.'),
    })
    .prefault({})
    .describe('How modules are fetched from the upstreams.'),
});

const checksumDatabase = z.strictObject({
  mode: z
    .enum(['Proxy', 'Disabled'])
    .default('Proxy')
    .describe(
      'Proxy: the gateway serves and caches the checksum database under /sumdb/, and the engine verifies what it fetches. ' +
        'Disabled: the gateway has no /sumdb/ (clients then ask the database themselves) and the engine does not verify.',
    ),
  name: hostname().default('sum.golang.org').describe('Name of the checksum database, as in GOSUMDB.'),
  url: url()
    .optional()
    .describe(
      'Where the gateway and the engine reach it, for example https://goproxy.cn/sumdb/sum.golang.org. Left out: https:// and the name.',
    ),
});

const privateModules = z
  .strictObject({
    name: text(63).describe('Name of the entry.'),
    patterns: z
      .array(
        text(128).describe(
          'A module path as in GOPRIVATE, with all that is below it; * stands for any part of an element, once in each: git.acme.example/*.',
        ),
      )
      .min(1)
      .max(32)
      .check(unique((item) => item))
      .meta(SET)
      .describe('The modules.'),
  })
  .describe('Modules that are not for everybody.');

const jwt = z
  .strictObject({
    name: text(20).describe('Name of the issuer in the access log.'),
    issuer: text(1024).describe('The claim iss of its tokens, exactly: for example https://idp.acme.example.'),
    audiences: z
      .array(text(256).describe('An audience.'))
      .min(1)
      .max(8)
      .check(unique((item) => item))
      .meta(SET)
      .describe('The claim aud of its tokens: one of these.'),
    algorithms: z
      .array(z.enum(['HS512', 'RS256', 'ES256']).describe('An algorithm.'))
      .min(1)
      .max(3)
      .check(unique((item) => item))
      .meta(SET)
      .optional()
      .describe('Algorithms of its keys. A key has one, whatever a token says. Left out: all.'),
    roleClaim: claim()
      .optional()
      .describe(
        'The claim with the role, or a list with it: Guest, User or Admin; a name, or the way to it with dots (realm_access.roles). A token without one is a Guest. Left out: roles.',
      ),
    jwks: z
      .strictObject({
        secretRef: z
          .strictObject({
            name: objectName().describe('Name of the Secret.'),
            key: text(253).optional().describe('Key in the Secret. Left out: jwks.json.'),
          })
          .describe('Secret in the same namespace. New keys in it are taken up without a restart.'),
      })
      .describe('The keys that verify its tokens: a JSON Web Key Set (RFC 7517).'),
  })
  .describe('An issuer of tokens.');

const auth = z.strictObject({
  anonymousRole: z
    .enum(['None', 'Guest'])
    .optional()
    .describe(
      'The role of who sends no token. Guest: modules that are not private. None (the default): nothing. A token that is not valid is refused with 401 in any case.',
    ),
  jwt: z
    .array(jwt)
    .min(1)
    .max(8)
    .check(unique(({ name }) => name))
    .meta(LIST_MAP('name'))
    .describe(
      'Who issues tokens (JSON Web Tokens), sent as Bearer by GOAUTH, or as the password of a .netrc. They need exp, iss and aud.',
    ),
});

const gateway = z.strictObject({
  type: z
    .enum(['Nginx', 'Envoy'])
    .default('Nginx')
    .describe(
      'The program that clients reach. Nginx: it ends TLS, routes and caches. Envoy: it ends TLS and routes, and the same nginx behind it in the pod limits and caches. A change of the type is a rolling update.',
    ),
  image: image().optional().describe('Image of nginx. Left out: the version that belongs to this operator.'),
  replicas: z
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe('Number of gateway pods. Each has a cache of its own; a client stays on one pod.'),
  resources: resources()
    .optional()
    .describe(
      'Resources of the nginx container of each gateway pod. Left out: requests of 100m CPU and 128Mi, a limit of 512Mi memory.',
    ),
  envoy: z
    .strictObject({
      image: image()
        .optional()
        .describe('Image of Envoy, with a shell. Left out: the version that belongs to this operator.'),
      resources: resources()
        .optional()
        .describe(
          'Resources of the Envoy container of each gateway pod. Left out: requests of 100m CPU and 128Mi, a limit of 512Mi memory.',
        ),
    })
    .optional()
    .describe('Envoy itself. Goes with type Envoy.'),
  routing: z
    .strictObject({
      order: z
        .array(z.enum(['PathPrefix', 'Host', 'Header']).describe('A way in which a request names an environment.'))
        .min(1)
        .max(3)
        .meta(ATOMIC)
        .optional()
        .describe(
          'The ways in which a request may name its environment, in the order in which they are looked at. One that is not in the list is not looked at. ' +
            'Left out: PathPrefix, Host, Header.',
        ),
      header: text(64)
        .optional()
        .describe('The request header that names an environment: its name starts with X-. Left out: X-Env.'),
      onUnknown: z
        .enum(['Default', 'Reject'])
        .default('Default')
        .describe(
          'What a request gets whose header X-Env (or routing.header) names no environment. Default: the default environment. Reject: status 400.',
        ),
      onConflict: z
        .enum(['First', 'Reject'])
        .optional()
        .describe(
          'What a request gets whose path prefix, host name and X-Env header name different environments. ' +
            'Reject (the default): status 400. First: the environment of the first of them.',
        ),
    })
    .prefault({})
    .describe(
      'How a request chooses its environment: by path prefix (/staging/...), then host name, then the header X-Env, else the default environment.',
    ),
  cache: z
    .strictObject({
      size: size().default('10Gi').describe('Disk space for cached answers in each gateway pod (an emptyDir).'),
      mutableTTLSeconds: z
        .int()
        .min(1)
        .max(3600)
        .default(30)
        .describe(
          'How long version lists, @latest and branch queries are answered from the cache. Module files of a version never expire.',
        ),
      staleWhileRevalidateSeconds: z
        .int()
        .min(0)
        .max(86_400)
        .optional()
        .describe('How long after that an old answer is given while a new one is fetched. Left out: 300.'),
      staleIfErrorSeconds: z
        .int()
        .min(0)
        .max(604_800)
        .optional()
        .describe(
          'How long after that an old answer is given while the engine does not answer or fails. Left out: 86400.',
        ),
      sharing: z
        .enum(['None', 'ConsistentHash'])
        .optional()
        .describe(
          'What a gateway pod does for a module that it lacks. None (the default): it asks the engine. ConsistentHash: it asks the gateway pod ' +
            'that the path belongs to, so that the engine is asked once in all, not once by each pod.',
        ),
    })
    .prefault({})
    .describe('The cache of the gateway.'),
  clientAddress: z
    .strictObject({
      source: z
        .enum(['Connection', 'XForwardedFor', 'ProxyProtocol'])
        .describe(
          "Where a client's address comes from. Connection: the other end of the connection. XForwardedFor: the header of that name. " +
            'ProxyProtocol: the first line of the connection, which a load balancer then has to send on every one.',
        ),
      trustedCIDRs: cidrs()
        .optional()
        .describe(
          'Addresses of the load balancers in front, which alone are believed. Goes with XForwardedFor and ProxyProtocol.',
        ),
    })
    .optional()
    .describe(
      'Whom the gateway takes for the client, in limits, allowedCIDRs and the access log. Left out: Connection.',
    ),
  allowedCIDRs: cidrs()
    .optional()
    .describe('Addresses of clients that are served; others get status 403. Left out: everybody.'),
  limits: z
    .strictObject({
      requestsPerSecond: z
        .int()
        .min(1)
        .max(100_000)
        .optional()
        .describe(
          'Requests per second that one client address may send to one gateway pod. What comes faster is delayed first, since the go command does not try again after a 429.',
        ),
      burst: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe(
          'Number of requests of one client address that may wait; more get status 429. Left out: ten seconds of requests.',
        ),
      connections: z
        .int()
        .min(1)
        .max(100_000)
        .optional()
        .describe(
          'Number of requests of one client address that one gateway pod serves at the same time; more get status 429.',
        ),
      key: z
        .enum(['ClientAddress', 'Subject'])
        .optional()
        .describe(
          'What is counted. ClientAddress (the default): addresses. Subject: who a token says it is of, after it is verified; clients without a token are addresses still. Needs auth.',
        ),
    })
    .optional()
    .describe('Limits for each client address. Left out: none.'),
  auth: auth
    .optional()
    .describe(
      'Who may read what, and the pages of the engines (/catalog, /index, /metrics) for who has the role Admin. Left out: everybody may read every module.',
    ),
  tls: z
    .strictObject({
      secretRef: z
        .strictObject({ name: objectName().describe('Name of the Secret.') })
        .describe(
          'Secret of type kubernetes.io/tls in the same namespace, by cert-manager or by hand. A new certificate in it is taken up without a restart.',
        ),
      plainHTTP: z
        .enum(['Disabled', 'Enabled'])
        .optional()
        .describe('Whether port 80 is served beside port 443, for example for an Ingress. Left out: Disabled.'),
    })
    .optional()
    .describe(
      'TLS at the gateway, on port 443. The go command sends credentials over https only. Left out: plain HTTP.',
    ),
});

const exposure = z.strictObject({
  service: z
    .strictObject({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP').describe('Type of the Service.'),
      annotations: annotations()
        .optional()
        .describe('Annotations of the Service, for example for a cloud load balancer.'),
    })
    .prefault({})
    .describe('The Service of the gateway. It has the name of the cache and listens on port 80.'),
  ingress: z
    .strictObject({
      ingressClassName: objectName()
        .optional()
        .describe("Class of the Ingress. Left out: the cluster's default class."),
      annotations: annotations().optional().describe('Annotations of the Ingress.'),
      tlsSecretName: objectName()
        .optional()
        .describe('Secret of type kubernetes.io/tls for the host names of the environments.'),
    })
    .optional()
    .describe(
      'An Ingress in front of the gateway, for the host names of the environments, or for every host when there are none.',
    ),
  gatewayAPI: z
    .strictObject({
      parentRefs: z
        .array(
          z
            .strictObject({
              name: objectName().describe('Name of the Gateway.'),
              namespace: text(63)
                .optional()
                .describe(
                  'Namespace of the Gateway, which decides itself whom it admits (allowedRoutes). Left out: the namespace of the cache.',
                ),
              sectionName: objectName().optional().describe('Name of one listener of the Gateway.'),
            })
            .describe('A Gateway to attach to.'),
        )
        .min(1)
        .max(8)
        .describe('The Gateways to attach to.')
        .meta(ATOMIC),
    })
    .optional()
    .describe('An HTTPRoute of the Gateway API in front of the gateway.'),
});

const monitoring = z.strictObject({
  serviceMonitor: z
    .strictObject({
      intervalSeconds: z
        .int()
        .min(5)
        .max(3600)
        .optional()
        .describe("Seconds between two scrapes. Left out: Prometheus' own setting."),
      labels: z
        .record(z.string(), atMost(63, z.string()))
        .refine((map) => Object.keys(map).length <= 16, { error: 'must have at most 16 entries' })
        .meta({ maxProperties: 16 })
        .optional()
        .describe(
          'Labels of the ServiceMonitor by which your Prometheus chooses it (its serviceMonitorSelector), for example release: kube-prometheus-stack.',
        ),
    })
    .optional()
    .describe('A ServiceMonitor of the prometheus-operator for the metrics of the gateway. Left out: none.'),
});

/** spec of a GoProxyCache. `{}` is valid: one environment called prod on a 10Gi volume behind two gateway pods. */
export const Spec = z
  .strictObject({
    paused: z
      .boolean()
      .default(false)
      .describe('Whether the operator leaves all objects of this cache as they are. Status is still reported.'),
    imagePullSecrets: z
      .array(
        z
          .strictObject({ name: objectName().describe('Name of a Secret of type kubernetes.io/dockerconfigjson.') })
          .describe('A reference to a Secret in the same namespace.'),
      )
      .max(8)
      .check(unique(({ name }) => name))
      .meta(LIST_MAP('name'))
      .optional()
      .describe('Secrets for pulling images from a private registry.'),
    engine: engine.prefault({}).describe('The engines: one for each environment.'),
    upstreams: upstreams()
      .optional()
      .describe(
        'Where modules come from, in order. Left out: GoDefault. The order is a part of the meaning, so the list is replaced as a whole.',
      ),
    checksumDatabase: checksumDatabase.prefault({}).describe('The checksum database (GOSUMDB).'),
    privateModules: z
      .array(privateModules)
      .max(8)
      .check(unique(({ name }) => name))
      .meta(LIST_MAP('name'))
      .optional()
      .describe(
        'Modules that are not for everybody: with gateway.auth they need the role User, and no checksum database is asked for them.',
      ),
    storage: storage().prefault({}).describe('Storage of each environment that has none of its own.'),
    environments: z
      .array(environment.describe('An isolated pool: an engine with storage and upstreams of its own.'))
      .min(1)
      .max(16)
      .check(unique(({ name }) => name))
      .meta(LIST_MAP('name'))
      .optional()
      .describe('The environments. Left out: one, called prod.'),
    gateway: gateway.prefault({}).describe('The gateway in front of all environments.'),
    exposure: exposure.prefault({}).describe('How the gateway is reached.'),
    monitoring: monitoring
      .optional()
      .describe('How the cache is watched. Left out: metrics are served, and nobody is told.'),
  })
  .describe('What the cache should be.');

/** The spec as a user writes it. */
export type Spec = z.input<typeof Spec>;
/** The spec with the defaults of the CRD filled in. */
export type ParsedSpec = z.output<typeof Spec>;
export type Upstream = z.output<typeof upstream>;
export type Storage = z.output<ReturnType<typeof storage>>;
export type Resources = z.output<ReturnType<typeof resources>>;
export type Environment = z.output<typeof environment>;
export type Canary = z.output<typeof canary>;
