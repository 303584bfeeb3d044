/** An object as people say it: kind and name. */
export const describeObject = ({ kind, metadata }: { kind: string; metadata: { name: string } }): string =>
  `${kind} ${metadata.name}`;
