/** Where a server listens. */
export interface Address {
  host: string;
  /** 0: any free port. */
  port: number;
}

/** `HOST:PORT` as an address. Throws with a sentence for anything else. */
export function parseAddress(text: string): Address {
  const match = /^(?<host>[^:\s]+):(?<port>\d{1,5})$/.exec(text);
  if (match?.groups === undefined) throw new Error(`${JSON.stringify(text)} is not HOST:PORT`);
  return { host: match.groups.host ?? '', port: Number(match.groups.port) };
}

export const formatAddress = ({ host, port }: Address): string => `${host}:${port}`;
