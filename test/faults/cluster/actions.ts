import tls from 'node:tls';
import type { Spec } from '../../../src/api/spec.ts';
import { eventually } from '../../support/eventually.ts';
import { kubectl, read } from '../../support/kubectl.ts';
import { OPERATOR_NAME, OPERATOR_NAMESPACE, operatorReady } from '../../support/operatorpod.ts';
import { applyCache } from '../../support/smallcache.ts';
import type { CachePod } from './rest.ts';
import { atRest, podsOf } from './rest.ts';
import { slowPath } from './coldmodules.ts';
import { placeCertificate } from './scene.ts';
import type { Stage, Step } from './stage.ts';
import { applyHere, baseSpec, NAME } from './stage.ts';

/** What happens in a rollout beside a change of the spec. */
const inNamespace = (stage: Stage): string[] => ['-n', stage.scene.namespace];
const rest = (stage: Stage): Promise<void> => atRest(stage.scene.namespace, NAME);
const pods = async (stage: Stage, role: string): Promise<CachePod[]> =>
  (await podsOf(stage.scene.namespace, NAME)).filter((pod) => pod.role === role);

/** Waits until every gateway pod shows the certificate. */
export function certificate(what: string, which: 0 | 1): Step {
  return {
    what,
    replaces: [],
    do: async (stage) => {
      const wanted = stage.served.certificates[which];
      await placeCertificate(stage.scene.namespace, NAME, wanted);
      for (const { name, address } of await pods(stage, 'gateway')) {
        // The kubelet looks at a Secret again when its pod changes.
        await kubectl([
          'annotate',
          'pod',
          name,
          ...inNamespace(stage),
          '--overwrite',
          `example.com/look=${Date.now()}`,
        ]);
        await eventually(`${name} shows the certificate`, 120, async () => {
          const shown = await certificateAt(address, 8443);
          return wanted.cert.replace(/\s/g, '').includes(shown) ? { value: undefined } : { missing: 'another one' };
        });
      }
      await rest(stage);
    },
  };
}

/** What a TLS server shows, as the base64 of a PEM file. */
function certificateAt(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().raw.toString('base64'));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** As `kubectl drain` does it: the PodDisruptionBudget has a say. */
export function evict(what: string): Step {
  return {
    what,
    replaces: ['gateway'],
    do: async (stage) => {
      const pod = await oldestGateway(stage);
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod } };
      const path = `/api/v1/namespaces/${stage.scene.namespace}/pods/${pod}/eviction`;
      await kubectl(['create', '--raw', path, '-f', '-'], { input: JSON.stringify(eviction) });
      await rest(stage);
    },
  };
}

/** Evicted one after the other, that is each of those that were there. */
async function oldestGateway(stage: Stage): Promise<string> {
  const selector = `app.kubernetes.io/instance=${NAME},app.kubernetes.io/component=gateway`;
  const words = ['get', 'pods', '-l', selector, '--sort-by=.metadata.creationTimestamp', '-o'];
  return kubectl([...words, 'jsonpath={.items[0].metadata.name}', ...inNamespace(stage)]);
}

let slow = 0;

/** A change of the spec while the engine fetches something, which it finishes before it ends. */
export function amidFetch(what: string, to: (spec: Spec) => Spec, replaces: string[]): Step {
  return {
    what,
    replaces,
    do: async (stage) => {
      const path = slowPath((slow += 1));
      const asked = stage.scene.cold.asked(path);
      // Its answer, 404 or none at all, is of no interest.
      const answer = fetch(stage.served.http + path).then(
        (response) => response.text(),
        () => undefined,
      );
      await asked;
      await applyHere(stage, to(baseSpec(stage)));
      await answer;
    },
  };
}

const FORCED = ['--grace-period=0', '--force', '--wait=false'];

export async function killEngine(stage: Stage): Promise<void> {
  const [pod] = await pods(stage, 'engine/prod');
  await kubectl(['delete', 'pod', pod?.name ?? '', ...inNamespace(stage), ...FORCED]);
  await rest(stage);
}

/** The class can grow and nobody does it: what a resizer would write is written here. */
export async function grow(stage: Stage): Promise<void> {
  stage.size = '2Gi';
  await applyCache(stage.scene.namespace, NAME, baseSpec(stage));
  const claim = `${NAME}--dev`;
  interface Claim {
    spec: { volumeName: string; resources: { requests: { storage: string } } };
  }
  const volume = await eventually('the claim asks for more', 30, async () => {
    const found = await read<Claim>('pvc', claim, stage.scene.namespace);
    const asked = found?.spec.resources.requests.storage;
    return found && asked === stage.size ? { value: found.spec.volumeName } : { missing: `it asks for ${asked}` };
  });
  const capacity = { capacity: { storage: stage.size } };
  await kubectl(['patch', 'pv', volume, '--type=merge', '-p', JSON.stringify({ spec: capacity })]);
  const status = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status: capacity })];
  await kubectl(['patch', 'pvc', claim, ...inNamespace(stage), ...status]);
  await rest(stage);
}

/** A change of the spec, and at the same moment something happens to the operator. */
export function whileOperator(
  what: string,
  to: (spec: Spec) => Spec,
  replaces: string[],
  happens: () => Promise<void>,
): Step {
  return {
    what: `the operator ${what}`,
    replaces,
    do: async (stage) => {
      await applyCache(stage.scene.namespace, NAME, to(baseSpec(stage)));
      await happens();
      await operatorReady();
      await rest(stage);
    },
  };
}

const OPERATOR = ['-n', OPERATOR_NAMESPACE];

export async function restartOperator(): Promise<void> {
  await kubectl(['rollout', 'restart', `deployment/${OPERATOR_NAME}`, ...OPERATOR]);
}

export async function killOperator(): Promise<void> {
  await kubectl(['delete', 'pods', '-l', `app.kubernetes.io/name=${OPERATOR_NAME}`, ...OPERATOR, ...FORCED]);
}

export async function operatorBecomes(name: string): Promise<void> {
  await kubectl(['set', 'image', `deployment/${OPERATOR_NAME}`, `*=${name}`, ...OPERATOR]);
}
