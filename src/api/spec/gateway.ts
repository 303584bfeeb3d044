import * as z from 'zod';
import { ATOMIC, cidrs, image, objectName, resources, size, text } from './fields.ts';
import { auth } from './auth.ts';

export const gateway = z.strictObject({
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
