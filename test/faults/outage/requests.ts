import { readFile } from 'node:fs/promises';
import { parseWrites } from '../../support/audit.ts';
import type { AuditedWrite } from '../../support/audit.ts';

/** A line of the audit log, as far as it is used here. */
export interface Audited extends AuditedWrite {
  readonly stage: string;
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
}

/** What a process has asked for, by kind where it is LISTs and WATCHes. */
export interface Asked {
  readonly all: number;
  /** Pages of one LIST count once. */
  readonly lists: ReadonlyMap<string, number>;
  readonly watches: ReadonlyMap<string, number>;
  /** Objects that were written, as `resource/name`: one for each write, without events. */
  readonly written: readonly string[];
  /** When the first of these was answered, in ms since 1970. */
  readonly firstWriteAt: number | undefined;
}

/** What service accounts, of which one operator has the only one, have asked an API server since a time, by its audit log (`auditReads`). */
export async function askedSince(auditLogPath: string, since: number): Promise<Asked> {
  return asked((parseWrites(await readFile(auditLogPath, 'utf8')) as Audited[]).filter(isSince(since)));
}

const isSince =
  (since: number) =>
  ({ user, requestReceivedTimestamp }: Audited): boolean =>
    user.username.startsWith('system:serviceaccount:') && Date.parse(requestReceivedTimestamp) >= since;

/** Sums the lines of an audit log up. */
export function asked(lines: readonly Audited[]): Asked {
  // A watch has a line when it begins and another one when it ends.
  const requests = lines.filter(({ verb, stage }) => (verb === 'watch') === (stage === 'ResponseStarted'));
  const resource = ({ objectRef }: Audited) => objectRef?.resource ?? '';
  const of = (verb: string) => requests.filter((request) => request.verb === verb);
  const writes = requests.filter((request) => !READS.has(request.verb) && resource(request) !== 'events');
  return {
    all: requests.length,
    lists: counted(
      of('list')
        .filter(({ requestURI }) => !requestURI.includes('continue='))
        .map(resource),
    ),
    watches: counted(of('watch').map(resource)),
    written: writes.map(({ objectRef }) => `${objectRef?.resource ?? ''}/${objectRef?.name ?? ''}`),
    firstWriteAt: writes.map(({ stageTimestamp }) => Date.parse(stageTimestamp)).sort((a, b) => a - b)[0],
  };
}

const READS = new Set(['get', 'list', 'watch']);

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
