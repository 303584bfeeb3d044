import { edgeSocket } from '../nginx/paths.ts';
import { adminSocket, listenersFile } from './paths.ts';
import { followed, typed } from './types.ts';

/** The name of the one cluster: nginx in the same pod. It is static, so no route can name a cluster that is not there. */
export const nginxCluster = 'nginx';

/** What Envoy starts with. */
export function bootstrap(): object {
  return {
    node: { id: 'gateway', cluster: 'gateway' },
    // Never a port: the admin interface can end Envoy and print its config. 384 is 0600.
    admin: { address: { pipe: { path: adminSocket, mode: 384 } } },
    dynamic_resources: { lds_config: followed(listenersFile) },
    static_resources: { clusters: [nginx()] },
    overload_manager: {
      resource_monitors: [
        {
          name: 'envoy.resource_monitors.global_downstream_max_connections',
          typed_config: typed(
            'extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
            // nginx has room for as many, with those to its engines.
            { max_active_downstream_connections: 4000 },
          ),
        },
        {
          // Of the container's limit, whatever it is; without a limit it never acts.
          name: memory,
          typed_config: typed('extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig'),
        },
      ],
      actions: [
        { name: 'envoy.overload_actions.shrink_heap', triggers: [above(memory, 0.85)] },
        // 503 for some is better than the end of all.
        { name: 'envoy.overload_actions.stop_accepting_requests', triggers: [above(memory, 0.95)] },
      ],
    },
  };
}

const memory = 'envoy.resource_monitors.cgroup_memory';

function above(name: string, value: number): object {
  return { name, threshold: { value } };
}

function nginx(): object {
  // nginx sets its own bounds; these only have to be out of its way.
  const unlimited = { max_connections: 10_000, max_pending_requests: 10_000, max_requests: 10_000, max_retries: 1000 };
  return {
    name: nginxCluster,
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: nginxCluster,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: edgeSocket } } } }] }],
    },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
        'extensions.upstreams.http.v3.HttpProtocolOptions',
        {
          explicit_http_config: { http_protocol_options: {} },
          // nginx reads the next request of a connection only when it has revalidated an old list in the background, which may take
          // minutes: a kept connection would make some other client wait for that.
          common_http_protocol_options: { max_requests_per_connection: 1 },
        },
      ),
    },
    circuit_breakers: { thresholds: [{ priority: 'DEFAULT', ...unlimited }] },
  };
}
