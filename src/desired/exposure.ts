import type { V1IngressSpec } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../api/effective.ts';
import { objectLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { gatewayName, serviceName } from './names.ts';

const GATEWAY_API = 'gateway.networking.k8s.io';

const hostnames = (spec: EffectiveSpec) => spec.environments.flatMap((environment) => environment.hostnames);

/** An Ingress for every host name, or for all hosts when no environment has one. */
export function ingress(cache: string, namespace: string, spec: EffectiveSpec): Manifest[] {
  const wanted = spec.exposure.ingress;
  if (!wanted) return [];
  const http: NonNullable<V1IngressSpec['rules']>[number]['http'] = {
    paths: [
      { path: '/', pathType: 'Prefix', backend: { service: { name: serviceName(cache), port: { name: 'http' } } } },
    ],
  };
  const hosts = hostnames(spec);
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name: gatewayName(cache),
        namespace,
        labels: objectLabels(cache, 'gateway'),
        ...(wanted.annotations && { annotations: wanted.annotations }),
      },
      spec: {
        ...(wanted.ingressClassName !== undefined && { ingressClassName: wanted.ingressClassName }),
        ...(wanted.tlsSecretName !== undefined && { tls: [{ hosts, secretName: wanted.tlsSecretName }] }),
        rules: hosts.length > 0 ? hosts.map((host) => ({ host, http })) : [{ http }],
      } satisfies V1IngressSpec,
    },
  ];
}

/**
 * An HTTPRoute of the Gateway API. Its lists have one owner as a whole, so it names what is the default there: else it could not be told what somebody has
 * changed.
 */
export function httpRoute(cache: string, namespace: string, spec: EffectiveSpec): Manifest[] {
  const wanted = spec.exposure.gatewayAPI;
  if (!wanted) return [];
  const hosts = hostnames(spec);
  return [
    {
      apiVersion: `${GATEWAY_API}/v1`,
      kind: 'HTTPRoute',
      metadata: { name: gatewayName(cache), namespace, labels: objectLabels(cache, 'gateway') },
      spec: {
        parentRefs: wanted.parentRefs.map((parent) => ({ group: GATEWAY_API, kind: 'Gateway', ...parent })),
        ...(hosts.length > 0 && { hostnames: hosts }),
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ group: '', kind: 'Service', name: serviceName(cache), port: 80, weight: 1 }],
          },
        ],
      },
    },
  ];
}

/** The value for GOPROXY: the first host name of the default environment behind an Ingress, else the Service. */
export function publicUrl(cache: string, namespace: string, spec: EffectiveSpec): string {
  const host = spec.environments.find((e) => e.name === spec.defaultEnvironment)?.hostnames[0];
  const tls = spec.exposure.ingress?.tlsSecretName !== undefined;
  const exposed = spec.exposure.ingress !== undefined || spec.exposure.gatewayAPI !== undefined;
  return exposed && host !== undefined
    ? `${tls ? 'https' : 'http'}://${host}`
    : `${spec.gateway.tls ? 'https' : 'http'}://${serviceName(cache)}.${namespace}.svc`;
}
