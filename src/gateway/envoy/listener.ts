import { gatewayTimeouts } from '../model.ts';
import type { GatewayModel } from '../model.ts';
import { certificateName } from './certificate.ts';
import { certificateFile, routesFile } from './paths.ts';
import { routesName } from './routes.ts';
import { followed, seconds, typed } from './types.ts';

/** One public port. */
export function listener(model: GatewayModel, name: 'http' | 'https', port: number): object {
  return typed('config.listener.v3.Listener', {
    name,
    address: { socket_address: { address: '0.0.0.0', port_value: port } },
    per_connection_buffer_limit_bytes: 1024 * 1024,
    ...(model.clientAddress?.source === 'ProxyProtocol' && { listener_filters: [proxyProtocol()] }),
    filter_chains: [
      {
        ...(name === 'https' && { transport_socket: tls() }),
        filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: connections(model) }],
      },
    ],
  });
}

function proxyProtocol(): object {
  return {
    name: 'envoy.filters.listener.proxy_protocol',
    typed_config: typed('extensions.filters.listener.proxy_protocol.v3.ProxyProtocol'),
  };
}

function tls(): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
      common_tls_context: {
        // As nginx offers: a go command keeps as many connections as it has requests on their way.
        alpn_protocols: ['http/1.1'],
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' },
        tls_certificate_sds_secret_configs: [{ name: certificateName, sds_config: followed(certificateFile) }],
      },
      // The key of a ticket lives as long as Envoy does, which is too long.
      disable_stateless_session_resumption: true,
    }),
  };
}

function connections(model: GatewayModel): object {
  // Longer than nginx' longest wait, so that its answer is the honest one.
  const idle = seconds(gatewayTimeouts(model).shutdown + 10);
  return typed('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'gateway',
    codec_type: 'HTTP1',
    // HTTP/1.0 as nginx has it.
    http_protocol_options: { accept_http_10: true, default_host_for_http_10: 'gateway' },
    // Drops x-envoy-* from outside. The routes write X-Forwarded-For.
    use_remote_address: true,
    skip_xff_append: true,
    // Paths go on as they were sent: nginx refuses a second spelling, and Envoy must not repair one.
    normalize_path: false,
    merge_slashes: false,
    path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    strip_trailing_host_dot: true,
    generate_request_id: false,
    server_header_transformation: 'PASS_THROUGH',
    common_http_protocol_options: {
      idle_timeout: '75s',
      max_headers_count: 100,
      // nginx does not look at them either. A header with - and one with _ must not become the same one.
      headers_with_underscores_action: 'DROP_HEADER',
    },
    request_headers_timeout: '10s',
    stream_idle_timeout: idle,
    access_log: [ownAnswers()],
    local_reply_config: { mappers: ownTexts() },
    rds: { route_config_name: routesName, config_source: followed(routesFile) },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: typed('extensions.filters.http.router.v3.Router', { suppress_envoy_headers: true }),
      },
    ],
  });
}

/** nginx logs what it answers. What Envoy answers by itself is logged here, with the same fields. */
function ownAnswers(): object {
  return {
    name: 'envoy.access_loggers.stdout',
    filter: { response_flag_filter: { flags: ['DPE', 'IH', 'NR', 'OM', 'UC', 'UF', 'UH', 'UO', 'URX'] } },
    typed_config: typed('extensions.access_loggers.stream.v3.StdoutAccessLog', {
      log_format: {
        json_format: {
          time: '%START_TIME%',
          client: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
          method: '%REQ(:METHOD)%',
          host: '%REQ(:AUTHORITY)%',
          path: '%PATH(NQ:PATH)%',
          status: '%RESPONSE_CODE%',
          bytes: '%BYTES_SENT%',
          milliseconds: '%DURATION%',
          reason: '%RESPONSE_CODE_DETAILS%',
        },
      },
    }),
  };
}

/** The go command shows these to its user, so they are nginx' texts. */
function ownTexts(): object[] {
  const malformed = 'This is no valid HTTP request, or it is too long.\n';
  const body = (status: number, text: string, answered = status) => ({
    filter: {
      status_code_filter: {
        comparison: { op: 'EQ', value: { default_value: status, runtime_key: `gateway.${status}` } },
      },
    },
    status_code: answered,
    body_format_override: { text_format_source: { inline_string: text } },
  });
  return [
    body(400, malformed),
    body(431, malformed, 400),
    body(503, 'The gateway cannot answer at the moment.\n'),
    body(504, 'The gateway cannot answer at the moment.\n', 503),
  ];
}
