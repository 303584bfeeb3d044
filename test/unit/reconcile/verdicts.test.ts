import { describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../../src/api/conditions.ts';
import type { GatewayStatus } from '../../../src/gateway/status.ts';
import { otherType, withoutKeys } from '../../../src/gateway/status.ts';
import type { Report } from '../../../src/reconcile/verdicts/gateway.ts';
import { enginesVerdict } from '../../../src/reconcile/verdicts/engines.ts';
import { allAsked, gatewayVerdict, servedConfig } from '../../../src/reconcile/verdicts/gateway.ts';
import { storageVerdict } from '../../../src/reconcile/verdicts/storage.ts';
import type { Blocked } from '../../../src/reconcile/plan.ts';
import { summarise } from '../../../src/reconcile/verdicts/summary.ts';
import { waitingFor } from '../../../src/reconcile/verdicts/waiting.ts';
import { versionsVerdict } from '../../../src/reconcile/verdicts/versions.ts';
import { upstreamsVerdict } from '../../../src/reconcile/verdicts/upstreams.ts';
import { judgeWorkload } from '../../../src/reconcile/verdicts/workload.ts';
import type { Claim, Deployment, Pod, StorageClass } from '../../../src/reconcile/world.ts';
import { cacheOf, desiredOf } from './fixtures.ts';

const deployment = (status: Deployment['status'], replicas = 1): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'acme--prod', generation: 2 },
  spec: { replicas } as Deployment['spec'] & object,
  ...(status && { status }),
});
const serving = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
const pod = (status: Pod['status']): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u' },
  ...(status && { status }),
});
const waiting = (reason: string, message = 'text of kubelet.') =>
  pod({
    containerStatuses: [
      {
        restartCount: 1,
        state: { waiting: { reason, message } },
        lastState: { terminated: { exitCode: 3, reason: 'Error' } },
      },
    ],
  });

describe('a workload', () => {
  test.each<[string, Deployment | undefined, Pod[], string, string]>([
    ['that is not there yet', undefined, [], 'False', 'RollingOut'],
    ['whose pods all serve', deployment(serving), [], 'True', 'Serving'],
    ['scaled to zero', deployment({ observedGeneration: 2, replicas: 0 }, 0), [], 'True', 'ScaledToZero'],
    [
      'whose controller has not seen the latest spec',
      deployment({ ...serving, observedGeneration: 1 }),
      [],
      'False',
      'RollingOut',
    ],
    ['with an old pod left', deployment({ ...serving, replicas: 2 }), [], 'False', 'RollingOut'],
    ['whose image cannot be pulled', deployment({}), [waiting('ErrImagePull')], 'False', 'ImagePullFailed'],
    ['that waits before pulling again', deployment({}), [waiting('ImagePullBackOff')], 'False', 'ImagePullFailed'],
    ['with a wrong image name', deployment({}), [waiting('InvalidImageName')], 'False', 'InvalidImage'],
    ['with a missing Secret', deployment({}), [waiting('CreateContainerConfigError')], 'False', 'ContainerConfigError'],
    ['that ends again and again', deployment({}), [waiting('CrashLoopBackOff')], 'False', 'CrashLoop'],
    ['that is only starting', deployment({}), [waiting('ContainerCreating')], 'False', 'RollingOut'],
    [
      'that fits on no node',
      deployment({}),
      [
        pod({
          conditions: [
            { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Insufficient cpu.' },
          ],
        }),
      ],
      'False',
      'Unschedulable',
    ],
    [
      'that waits for its volume',
      deployment({}),
      [
        pod({
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
            },
          ],
        }),
      ],
      'False',
      'RollingOut',
    ],
    [
      'whose pods a quota refuses',
      deployment({ conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }] }),
      [],
      'False',
      'PodsRefused',
    ],
  ])('%s', (_, live, pods, status, reason) => {
    expect(judgeWorkload('acme--prod', live, pods)).toMatchObject({ status, reason });
  });

  test('says what the kubelet said, and what to do', () => {
    const { message } = judgeWorkload('acme--prod', deployment({}), [waiting('ErrImagePull', 'no such host.')]);
    expect(message).toBe(
      'Pod p: no such host: check the name of the image, that the registry can be reached, and imagePullSecrets',
    );
  });

  test('names the Secrets that a pod needs which has not started', () => {
    const volumes = [
      { name: 'tls', secret: { secretName: 'goproxy-tls' } },
      { name: 'keys', projected: { sources: [{ secret: { name: 'jwks' } }] } },
    ];
    const live = { ...deployment({}), spec: { template: { spec: { volumes } } } as Deployment['spec'] & object };
    const starting = pod({
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'PodReadyToStartContainers', status: 'False' },
      ],
    });
    expect(judgeWorkload('acme--gateway', live, [starting])).toEqual({
      status: 'False',
      reason: 'RollingOut',
      message:
        'Pod p is being started, for which it needs the Secret goproxy-tls and the Secret jwks: if this stays, see whether it is there',
    });
  });
});

describe('engines', () => {
  const finding = (name: string, live: Deployment, pods: Pod[] = []) => judgeWorkload(name, live, pods);
  const prod = { environment: 'prod', component: 'engine' } as const;
  const canary = { environment: 'prod', component: 'canary' } as const;

  test('that all serve are counted, canaries too', () => {
    const findings = [prod, canary].map((engine) => ({
      ...engine,
      finding: finding('acme--prod', deployment(serving)),
    }));
    expect(enginesVerdict(findings)).toMatchObject({
      type: 'EnginesReady',
      status: 'True',
      message: '2 engines serve',
    });
  });

  test('with a canary that does not serve name it, and say who serves its clients', () => {
    expect(
      enginesVerdict([
        { ...prod, finding: finding('acme--prod', deployment(serving)) },
        { ...canary, finding: finding('acme--prod--canary', deployment({}), [waiting('ErrImagePull', 'no such tag')]) },
      ]),
    ).toEqual({
      type: 'EnginesReady',
      status: 'False',
      reason: 'ImagePullFailed',
      message: expect.stringMatching(
        /^canary of environment prod, whose clients the first engine serves meanwhile: Pod p: no such tag: check/,
      ),
    });
  });
});

describe('storage', () => {
  const wantedFor = (size: string, storageClassName?: string) =>
    desiredOf(cacheOf({ storage: { size, ...(storageClassName !== undefined && { storageClassName }) } })).filter(
      (o) => o.kind === 'PersistentVolumeClaim',
    );
  const claim = (
    phase: 'Pending' | 'Bound' | 'Lost',
    size = '10Gi',
    storageClassName: string | undefined = 'fast',
    capacity = size,
  ): Claim => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'acme--prod' },
    spec: { ...(storageClassName !== undefined && { storageClassName }), resources: { requests: { storage: size } } },
    status: { phase, ...(phase === 'Bound' && { capacity: { storage: capacity } }) },
  });
  const fast: StorageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    allowVolumeExpansion: true,
  };
  const fixed: StorageClass = { ...fast, allowVolumeExpansion: false };
  const deleting = claim('Bound');
  deleting.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  const classless = claim('Pending');
  delete classless.spec?.storageClassName;

  test.each<[string, Claim | undefined, StorageClass[], string, string | undefined, string, string]>([
    ['is pending while the claim is being made', undefined, [fast], '10Gi', undefined, 'False', 'ClaimPending'],
    ['is bound', claim('Bound'), [fast], '10Gi', undefined, 'True', 'Bound'],
    ['waits for the provisioner', claim('Pending'), [fast], '10Gi', 'fast', 'False', 'ClaimPending'],
    ['names a class that is missing', claim('Pending'), [], '10Gi', 'fast', 'False', 'StorageClassMissing'],
    ['names no class and there is no default', classless, [fast], '10Gi', undefined, 'False', 'NoDefaultStorageClass'],
    ['is lost', claim('Lost'), [fast], '10Gi', undefined, 'False', 'ClaimLost'],
    ['is being deleted', deleting, [fast], '10Gi', undefined, 'False', 'ClaimDeleting'],
    ['cannot change its class', claim('Bound'), [fast], '10Gi', 'slow', 'False', 'StorageClassDiffers'],
    ['cannot shrink', claim('Bound', '20Gi'), [fast], '10Gi', undefined, 'False', 'CannotShrink'],
    ['cannot grow in a fixed class', claim('Bound', '10Gi'), [fixed], '20Gi', undefined, 'False', 'CannotExpand'],
    ['is about to grow', claim('Bound', '10Gi'), [fast], '20Gi', undefined, 'True', 'Resizing'],
    ['is growing', claim('Bound', '20Gi', 'fast', '10Gi'), [fast], '20Gi', undefined, 'True', 'Resizing'],
  ])('%s', (_, live, storageClasses, size, storageClassName, status, reason) => {
    const claims = wantedFor(size, storageClassName).map((wanted) => ({ wanted, live }));
    expect(storageVerdict({ claims, storageClasses })).toMatchObject({ type: 'StorageReady', status, reason });
  });

  test.each<[string, Claim, string, string | undefined, object]>([
    [
      'a claim that waits',
      claim('Pending'),
      '10Gi',
      'fast',
      {
        reason: 'ClaimPending',
        message: expect.stringMatching(/describe pvc acme--prod .* may not read StorageClasses/),
      },
    ],
    ['a claim without a class that waits', classless, '10Gi', undefined, { reason: 'ClaimPending' }],
    [
      'a claim that did not grow',
      claim('Bound', '10Gi'),
      '20Gi',
      undefined,
      { reason: 'CannotExpand', message: expect.stringContaining('did not grow to 20Gi') },
    ],
    ['a claim that grows', claim('Bound', '20Gi', 'fast', '10Gi'), '20Gi', undefined, { reason: 'Resizing' }],
    ['a bound claim', claim('Bound'), '10Gi', undefined, { reason: 'Bound' }],
  ])('says no more than it knows without the right to read StorageClasses: %s', (_, live, size, className, verdict) => {
    const claims = wantedFor(size, className).map((wanted) => ({ wanted, live }));
    expect(storageVerdict({ claims, storageClasses: undefined })).toMatchObject(verdict);
  });
});

const says = (status: Partial<GatewayStatus>): Report => ({
  status: { generation: 'g1', rejected: '', nginxVersion: '1.30.7', upstreams: [], ...status },
});

describe('the gateway', () => {
  test.each<[string, Report | undefined, string, string]>([
    ['serves what is wanted', says({}), 'True', 'Serving'],
    ['has not been asked', undefined, 'False', 'ConfigPending'],
    ['cannot be asked', { error: 'ECONNREFUSED' }, 'False', 'ConfigPending'],
    ['serves an older configuration', says({ generation: 'g0' }), 'False', 'ConfigPending'],
    [
      'refused the configuration',
      says({ generation: 'g0', rejected: { generation: 'g1', error: 'bad' } }),
      'False',
      'ConfigRejected',
    ],
    [
      'refused an older configuration and took this one',
      says({ rejected: { generation: 'g0', error: 'bad' } }),
      'True',
      'Serving',
    ],
  ])('%s', (_, report, status, reason) => {
    const input = {
      name: 'acme--gateway',
      deployment: deployment(serving),
      pods: [{ pod: pod({}), report }],
      wantedConfig: 'g1',
    };
    expect(gatewayVerdict(input)).toMatchObject({ status, reason });
  });

  test.each([
    { what: 'none', reports: [], asked: true },
    { what: 'one that answered', reports: [says({})], asked: true },
    { what: 'one that cannot be asked', reports: [{ error: 'ECONNREFUSED' }], asked: true },
    { what: 'one of two that has not been asked', reports: [says({}), undefined], asked: false },
  ])('with pods, $what, is judged: $asked', ({ reports, asked }) => {
    expect(allAsked(reports.map((report) => ({ pod: pod({}), report })))).toBe(asked);
  });

  const rejects = (error: string) => ({
    name: 'acme--gateway',
    pods: [{ pod: pod({}), report: says({ generation: 'g0', rejected: { generation: 'g1', error } }) }],
    wantedConfig: 'g1',
  });
  const rolling = deployment({ ...serving, replicas: 2 });

  test.each([
    ['keys in /etc/gateway-jwks: ci.json: key 1 is a private key', 'put a JWKS with good keys into the Secret'],
    ['cannot load certificate "/etc/gateway-tls/tls.crt"', 'put a valid certificate and its key into the Secret'],
    [
      'dlopen() "/usr/lib/nginx/modules/ngx_http_js_module.so" failed',
      'choose an image of nginx with its JavaScript module',
    ],
    ['something else', 'please report this'],
  ])('says what to do about: %s', (error, remedy) => {
    const { message } = gatewayVerdict({ ...rejects(error), deployment: deployment(serving) });
    expect(message).toContain(`${error}: ${remedy}`);
  });

  test('waits for new pods when those of before have no keys, and not when new keys are broken', () => {
    const error = `${withoutKeys}ci in /etc/gateway-jwks: new pods have them`;
    expect(gatewayVerdict({ ...rejects(error), deployment: rolling })).toMatchObject({ reason: 'RollingOut' });
    const broken = 'keys in /etc/gateway-jwks: ci.json: it has no key for RS256';
    expect(gatewayVerdict({ ...rejects(broken), deployment: rolling })).toMatchObject({ reason: 'ConfigRejected' });
  });

  test('waits for new pods when those of the type before refuse the configuration', () => {
    const rejected = { generation: 'g1', error: `${otherType}Nginx, and the config of type Envoy` };
    const pods = [{ pod: pod({}), report: says({ generation: 'g0', rejected }) }];
    const input = { name: 'acme--gateway', pods, wantedConfig: 'g1' };
    const rolling = { ...serving, replicas: 2 };
    expect(gatewayVerdict({ ...input, deployment: deployment(rolling) })).toMatchObject({ reason: 'RollingOut' });
    expect(gatewayVerdict({ ...input, deployment: deployment(serving) })).toMatchObject({ reason: 'ConfigRejected' });
  });

  test('serves a configuration only when all pods agree', () => {
    const pods = (...generations: string[]) =>
      generations.map((generation) => ({ pod: pod({}), report: says({ generation }) }));
    expect([servedConfig(pods('a', 'a')), servedConfig(pods('a', 'b')), servedConfig([])]).toEqual(['a', '', '']);
  });
});

describe('upstreams', () => {
  const url = 'https://goproxy.cn';
  const seen = (stage: string) => [
    { pod: pod({}), report: says({ upstreams: [{ url, reachable: stage === '', stage: stage as '', detail: 'd' }] }) },
  ];
  test.each([
    ['answer', seen(''), [url], 'True', 'Reachable'],
    ['fail in DNS', seen('DNS'), [url], 'False', 'DNSFailed'],
    ['refuse the connection', seen('TCP'), [url], 'False', 'ConnectionFailed'],
    ['fail in TLS', seen('TLS'), [url], 'False', 'TLSFailed'],
    ['answer with an error', seen('HTTP'), [url], 'False', 'HTTPFailed'],
    ['do not answer in time', seen('Timeout'), [url], 'False', 'TimedOut'],
    ['are not of type URL', seen(''), [], 'Unknown', 'NotProbed'],
    ['have not been probed', [], [url], 'Unknown', 'NotProbed'],
    ['were probed for another spec', seen('TLS'), ['https://goproxy.io'], 'Unknown', 'NotProbed'],
  ])('%s', (_, pods, wanted, status, reason) => {
    expect(upstreamsVerdict(pods, wanted)).toMatchObject({ status, reason });
  });
});

describe('versions', () => {
  const running = (...versions: string[]) =>
    versions.map((nginxVersion, index) => ({
      pod: { metadata: { name: `gateway-${index}` } } as Pod,
      report: { status: { generation: 'a', rejected: '' as const, nginxVersion, upstreams: [] } },
    }));

  test.each([
    { versions: ['1.30.7', '1.31.0'], status: 'True' },
    { versions: ['2.0.0'], status: 'True' },
    { versions: ['1.30.6'], status: 'False' },
    { versions: ['1.30.7', '1.22.1 (Debian)'], status: 'False' },
    { versions: ['1.4.11'], status: 'False' },
    { versions: ['unknown'], status: 'True' },
    { versions: [], status: 'Unknown' },
  ])('$versions: $status', ({ versions, status }) => {
    expect(versionsVerdict(running(...versions))).toMatchObject({ status });
  });

  test('that are too old are named with the advisories and a remedy', () => {
    const { message } = versionsVerdict(running('1.22.1'));
    expect(message).toMatch(/nginx 1\.22\.1, older than 1\.30\.7.*CVE-2026-42945.*gateway\.image/);
  });
});

describe('versions of Envoy', () => {
  const running = (nginxVersion: string, envoyVersion: string) => [
    { pod: pod({}), report: says({ nginxVersion, envoyVersion }) },
  ];

  test.each([
    {
      nginx: '1.30.7',
      envoy: '1.38.4',
      status: 'True',
      message: /^the gateway runs nginx 1\.30\.7, and Envoy 1\.38\.4$/,
    },
    {
      nginx: '1.30.7',
      envoy: '1.38.3',
      status: 'False',
      message: /^the gateway runs Envoy 1\.38\.3, older than 1\.38\.4.*CVE-2026-73548.*gateway\.envoy\.image/,
    },
    { nginx: '1.30.6', envoy: '1.37.9', status: 'False', message: /nginx 1\.30\.6, older.*and Envoy 1\.37\.9, older/ },
  ])('$envoy beside nginx $nginx: $status', ({ nginx, envoy, ...expected }) => {
    const { status, message } = versionsVerdict(running(nginx, envoy));
    expect(status).toBe(expected.status);
    expect(message).toMatch(expected.message);
  });
});

describe('the summary', () => {
  const part = (type: Verdict['type'], status: Verdict['status'], reason: Verdict['reason']): Verdict => ({
    type,
    status,
    reason,
    message: 'm',
  });
  const fine = [
    part('StorageReady', 'True', 'Bound'),
    part('EnginesReady', 'True', 'Serving'),
    part('GatewayReady', 'True', 'Serving'),
  ];
  const stalled = part('Stalled', 'True', 'NameClash');
  test.each<[string, Verdict[], Verdict | undefined, boolean, string[]]>([
    [
      'everything serves',
      fine,
      undefined,
      false,
      ['Ready True AllServing', 'Reconciling False Converged', 'Stalled False NotStalled'],
    ],
    [
      'pods are starting',
      [part('EnginesReady', 'False', 'RollingOut'), ...fine],
      undefined,
      false,
      ['Ready False Progressing', 'Reconciling True Progressing', 'Stalled False NotStalled'],
    ],
    [
      'an image is wrong while others start: the one that needs a person is told',
      [part('EnginesReady', 'False', 'RollingOut'), part('GatewayReady', 'False', 'ImagePullFailed')],
      undefined,
      false,
      ['Ready False Degraded', 'Reconciling True Progressing', 'Stalled False NotStalled'],
    ],
    [
      'somebody else has a name',
      fine,
      stalled,
      false,
      ['Ready False NameClash', 'Reconciling False NameClash', 'Stalled True NameClash'],
    ],
    [
      'the cache is paused',
      fine,
      undefined,
      true,
      ['Ready True AllServing', 'Reconciling False Paused', 'Stalled False NotStalled'],
    ],
  ])('%s', (_, parts, stalledBy, paused, expected) => {
    const told = summarise(parts, stalledBy, paused).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
    expect(told).toEqual(expected);
  });

  test('an object that is to be made anew is told while all serves', () => {
    const told = summarise(fine, undefined, false, 'Service acme is being deleted');
    expect(told).toMatchObject([
      { type: 'Ready', status: 'True' },
      { type: 'Reconciling', status: 'True', reason: 'Progressing', message: 'Service acme is being deleted' },
      { type: 'Stalled', status: 'False' },
    ]);
  });
});

describe('what has to go before it is made anew', () => {
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'acme', namespace: 'team', labels: {} } };
  test.each<[string, Blocked['reason'], RegExp | undefined]>([
    [
      'an object that is being deleted',
      'Deleting',
      /^Service acme is being deleted, .* kubectl get service acme -o yaml/,
    ],
    ['one of an earlier cache', 'Leftover', /^Service acme is left from an earlier cache/],
    ['one of somebody else, which Stalled tells', 'NameClash', undefined],
  ])('%s', (_, reason, says) => {
    const told = waitingFor([{ object, reason }]);
    if (says) expect(told).toMatch(says);
    else expect(told).toBeUndefined();
  });

  test('but not a claim, of which StorageReady tells', () => {
    expect(waitingFor([{ object: { ...object, kind: 'PersistentVolumeClaim' }, reason: 'Deleting' }])).toBeUndefined();
  });
});
