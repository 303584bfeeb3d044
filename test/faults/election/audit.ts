import { open } from 'node:fs/promises';
import { describeWrite } from '../../support/audit.ts';
import type { AuditedWrite } from '../../support/audit.ts';
import type { Write } from './terms.ts';

const CREDENTIAL = 'authentication.kubernetes.io/credential-id';

/** The audit log of an API server, read as it grows. */
export interface Audit {
  /** All writes with tokens of these ids, by now. */
  writesOf(tokens: readonly string[]): Promise<Write[]>;
}

export function followAudit(path: string): Audit {
  const byToken = new Map<string, Write[]>();
  let offset = 0;
  let rest = '';
  let reading: Promise<void> | undefined;

  function take(line: string): void {
    const entry = JSON.parse(line) as AuditedWrite & { requestReceivedTimestamp: string };
    const token = entry.user.extra?.[CREDENTIAL]?.[0]?.replace('JTI=', '');
    if (token === undefined) return;
    const write = {
      process: token,
      receivedAt: Date.parse(entry.requestReceivedTimestamp),
      answeredAt: Date.parse(entry.stageTimestamp),
      isLease: entry.objectRef?.resource === 'leases',
      status: entry.responseStatus?.code ?? 0,
      what: describeWrite(entry),
    };
    const known = byToken.get(token);
    if (known) known.push(write);
    else byToken.set(token, [write]);
  }

  async function read(): Promise<void> {
    const file = await open(path);
    try {
      const buffer = Buffer.alloc(1 << 20);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
        if (bytesRead === 0) return;
        offset += bytesRead;
        const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) take(line);
      }
    } finally {
      await file.close();
    }
  }

  return {
    writesOf: async (tokens) => {
      // One that began before now may not have all.
      await reading;
      reading ??= read().finally(() => (reading = undefined));
      await reading;
      return tokens.flatMap((token) => byToken.get(token) ?? []);
    },
  };
}
