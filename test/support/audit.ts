import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TESTBED_FOLDER } from './environment.ts';

/** A write that the API server has answered, as its audit log has it. */
export interface AuditedWrite {
  verb: string;
  user: { username: string; extra?: Record<string, string[]> };
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  stageTimestamp: string;
  responseStatus?: { code?: number };
}

/** All writes of one user since a time, oldest first. Only the testbed has an audit log. */
export async function writesOf(username: string, since: Date): Promise<AuditedWrite[]> {
  const log = await readFile(join(TESTBED_FOLDER, 'logs/audit.log'), 'utf8');
  return parseWrites(log).filter(
    (write) => write.user.username === username && new Date(write.stageTimestamp) >= since,
  );
}

/** The entries of an audit log. The last line may be half written. */
export function parseWrites(log: string): AuditedWrite[] {
  const lines = log.split('\n');
  return lines.flatMap((line, index): AuditedWrite[] => {
    if (line === '' || (index === lines.length - 1 && !line.endsWith('}'))) return [];
    return [JSON.parse(line) as AuditedWrite];
  });
}

export const describeWrite = ({ verb, objectRef, stageTimestamp }: AuditedWrite): string =>
  `${stageTimestamp} ${verb} ${[objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/')} ${objectRef?.namespace}/${objectRef?.name}`;
