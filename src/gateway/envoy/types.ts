/** A message of Envoy inside an Any: `typed('extensions.filters.http.router.v3.Router')`. */
export function typed(message: string, fields: object = {}): object {
  return { '@type': `type.googleapis.com/envoy.${message}`, ...fields };
}

/** Seconds, as JSON of protobuf has them. */
export function seconds(count: number): string {
  return `${count}s`;
}

/** A file that Envoy follows: it is replaced by a rename. */
export function followed(path: string): object {
  return { resource_api_version: 'V3', path_config_source: { path } };
}
