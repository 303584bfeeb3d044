import type { Behaviour, Fault, ServedRequest } from './moduleserver.ts';
import { CONTROL } from './moduleserver.ts';

/** Speaks to a running module server, wherever it runs, about what it was asked and how it should behave. */
export interface UpstreamControl {
  /** What was asked since the start or the last forget(), oldest first. The gateways' probes, which ask for `/`, are left out. */
  requests: () => Promise<ServedRequest[]>;
  forget: () => Promise<void>;
  /** Replaces what was set before. */
  behave: (behaviour: Partial<Behaviour>) => Promise<void>;
  /** Shorthand for behave({ faults }). Without any, the server works again. */
  fail: (...faults: Fault[]) => Promise<void>;
}

/** @param url where this process reaches the module server */
export function upstreamControl(url: string): UpstreamControl {
  const call = async (path: string, method: string, body?: object): Promise<unknown> => {
    const response = await fetch(url + path, { method, ...(body && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${url}${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const behave = async (behaviour: Partial<Behaviour>): Promise<void> => {
    await call(CONTROL.behaviour, 'PUT', behaviour);
  };
  return {
    requests: async () => {
      const all = (await call(CONTROL.requests, 'GET')) as ServedRequest[];
      return all.filter(({ path }) => path !== '/');
    },
    forget: async () => {
      await call(CONTROL.requests, 'DELETE');
    },
    behave,
    fail: (...faults) => behave({ faults }),
  };
}
