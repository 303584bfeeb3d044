import { request } from 'undici';
import { PORTS } from '../desired/names.ts';
import { parseGatewayStatus } from '../gateway/status.ts';
import type { Pod } from './world.ts';
import type { Report } from './verdicts/gateway.ts';

/** Asks gateway pods what they serve, again and again, and tells when an answer changes. */
export interface Poller {
  /**
   * From now on ask these pods for this cache: at once when there is news (a pod, an address, a shorter interval), then after 100 ms and
   * ever later, until it is every `intervalMs`. An empty list ends it.
   */
  watch(key: string, pods: Pod[], intervalMs: number): void;
  latest(pod: Pod): Report | undefined;
  stop(): void;
}

/** What has to be known of a pod to ask it. It is held for as long as the pod is watched; the rest of the pod is not. */
export interface Asked {
  metadata: { uid?: string | undefined };
  status: { podIP?: string | undefined };
}

const askable = ({ metadata: { uid }, status }: Pod): Asked => ({
  metadata: { uid },
  status: { podIP: status?.podIP },
});

interface Watched {
  pods: Asked[];
  intervalMs: number;
  /** Before the next round; 0 asks at once. */
  waitMs: number;
  timer: NodeJS.Timeout | undefined;
  running: boolean;
}

const TIMEOUT_MS = 2_000;
const FIRST_WAIT_MS = 100;

const address = ({ metadata: { uid }, status }: Asked) => `${uid ?? ''} ${status.podIP ?? ''}`;

/** Reads one pod's status over the pod network. Never throws. */
export async function askPod(pod: Asked): Promise<Report> {
  const address = pod.status.podIP;
  if (address === undefined) return { error: 'it has no address yet' };
  const host = address.includes(':') ? `[${address}]` : address;
  try {
    const { statusCode, body } = await request(`http://${host}:${PORTS.gatewayStatus}/-/status`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await body.text();
    return statusCode === 200 ? { status: parseGatewayStatus(text) } : { error: `status ${statusCode}` };
  } catch (error) {
    return { error: error instanceof Error && 'code' in error ? String(error.code) : 'no answer' };
  }
}

/** `onChange` gets the key of a cache when one of its pods answers differently than before. */
export function createPoller(onChange: (key: string) => void, ask: (pod: Asked) => Promise<Report> = askPod): Poller {
  const watched = new Map<string, Watched>();
  const reports = new Map<string, Report>();

  async function round(key: string, entry: Watched): Promise<void> {
    entry.running = true;
    entry.timer = undefined;
    const pods = entry.pods;
    const answers = await Promise.all(pods.map(ask));
    entry.running = false;
    if (watched.get(key) !== entry) return;
    let changed = false;
    pods.forEach((pod, index) => {
      const uid = pod.metadata.uid ?? '';
      const answer = answers[index];
      if (answer === undefined || !entry.pods.some((other) => other.metadata.uid === uid)) return;
      changed ||= JSON.stringify(reports.get(uid)) !== JSON.stringify(answer);
      reports.set(uid, answer);
    });
    schedule(key, entry);
    if (changed) onChange(key);
  }

  function schedule(key: string, entry: Watched): void {
    if (entry.running) return;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void round(key, entry), Math.min(entry.waitMs, entry.intervalMs));
    entry.waitMs = Math.max(FIRST_WAIT_MS, Math.min(2 * entry.waitMs, entry.intervalMs));
  }

  function forget(pods: Asked[]): void {
    for (const pod of pods) reports.delete(pod.metadata.uid ?? '');
  }

  return {
    watch(key, all, intervalMs) {
      const pods = all.map(askable);
      const entry = watched.get(key);
      if (pods.length === 0) {
        if (entry) {
          clearTimeout(entry.timer);
          forget(entry.pods);
          watched.delete(key);
        }
        return;
      }
      if (!entry) {
        const fresh: Watched = { pods, intervalMs, waitMs: FIRST_WAIT_MS, timer: undefined, running: false };
        watched.set(key, fresh);
        void round(key, fresh);
        return;
      }
      const uids = new Set(pods.map((pod) => pod.metadata.uid));
      forget(entry.pods.filter((pod) => !uids.has(pod.metadata.uid)));
      const known = new Set(entry.pods.map(address));
      const isNews = intervalMs < entry.intervalMs || pods.some((pod) => !known.has(address(pod)));
      Object.assign(entry, { pods, intervalMs });
      // Only then: a cache that is reconciled more often than it is polled would put the next round off for ever.
      if (!isNews) return;
      entry.waitMs = 0;
      schedule(key, entry);
    },
    latest: (pod) => reports.get(pod.metadata.uid ?? ''),
    stop() {
      for (const { timer } of watched.values()) clearTimeout(timer);
      watched.clear();
    },
  };
}
