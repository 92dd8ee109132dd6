/** What users do wrong, and what goes wrong around them: every answer names the cause, nothing is stored by half, and the platform stays up. */
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { ensureBinaries } from '@flotilla/test-clusters/binaries';
import type { DirectClient } from '@flotilla/test-clusters/direct-client';
import { startPlatform } from '@flotilla/test-clusters/platform';
import type { Platform } from '@flotilla/test-clusters/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually, flotilla } from './fleet.ts';
import { announceSkip } from './harness.ts';

const mainPath = resolve(import.meta.dirname, '../../../services/all-in-one/src/main.ts');
const configMaps = '/api/v1/namespaces/default/configmaps';
const waitMs = 20_000;

interface Finished {
  readonly code: number;
  readonly output: string;
}

async function run(
  program: string,
  args: readonly string[],
  input = '',
  env: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  return new Promise((finish) => {
    const options = { env: { PATH: process.env['PATH'], ...env }, timeout: 60_000 };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      finish({ code, output: `${stdout}${stderr}` });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function deployment(
  name: string,
  changes: { replicas?: unknown; image?: string; extra?: string; label?: string } = {},
): string {
  const { replicas = 4, image = 'nginx:1.29', extra = '', label = 'x' } = changes;
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {tier: ${label}}}
spec:
  ${extra}
  replicas: ${String(replicas)}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers: [{name: main, image: '${image}', resources: {requests: {cpu: 10m}}}]
`;
}

function policy(
  name: string,
  target: string,
  placement = 'clusterAffinity: {clusterNames: [member1, member2]}',
): string {
  return `
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: ${name}}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: ${target}}]
  placement: {${placement}}
`;
}

function override(name: string, target: string, overriders: string): string {
  return `
apiVersion: policy.karmada.io/v1alpha1
kind: OverridePolicy
metadata: {name: ${name}}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: ${target}}]
  overrideRules: [{targetCluster: {clusterNames: [member2]}, overriders: {${overriders}}}]
`;
}

const binaries = await ensureBinaries();
if ('unavailable' in binaries) announceSkip('bad input', binaries.unavailable);
const kubectlPath = 'unavailable' in binaries ? '' : binaries.kubectl;

describe.skipIf('unavailable' in binaries)('bad input', () => {
  let platform: Platform;
  let client: DirectClient;
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'flotilla-bad-input-'));
    platform = await startPlatform({ simulatedMembers: 3 });
    client = await platform.client(2);
  });
  afterAll(async () => {
    await client.close();
    await platform.stop();
    await rm(home, { recursive: true, force: true });
  });

  const try_ = (args: readonly string[], input?: string): Promise<Finished> =>
    run(kubectlPath, ['--kubeconfig', platform.kubeconfigPath, ...args], input, { HOME: home });
  const kubectl = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, output } = await try_(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${output}`);
    return output.trim();
  };
  const apply = (manifest: string): Promise<string> => kubectl(['apply', '-f', '-'], manifest);
  const inMember = (member: string, args: readonly string[]): Promise<string> =>
    kubectl(['--context', member, ...args]);
  const imageIn = (member: string, name: string): Promise<string> =>
    inMember(member, ['get', 'deploy', name, '-o', 'jsonpath={.spec.template.spec.containers[0].image}']);
  const untilReady = (name: string): Promise<void> =>
    eventually(async () => {
      expect(await flotilla(platform, ['status', 'deployment', name])).toMatch(/(\d+)\/\1 ready/);
      expect(await flotilla(platform, ['status', 'deployment', name])).toContain('Scheduled  FullyApplied');
    }, waitMs);

  it.each([
    ['half a document', '{"kind":', 400, 'BadRequest'],
    ['a list', '[]', 400, 'BadRequest'],
    ['nothing', '', 400, 'BadRequest'],
    ['another kind', '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}', 400, 'BadRequest'],
    ['a wrong type', '{"metadata":{"name":"x"},"data":{"a":1}}', 400, 'BadRequest'],
    [
      'an object of 1.7 MiB',
      JSON.stringify({ metadata: { name: 'x', annotations: {} }, data: { a: 'x'.repeat(1_700_000) } }),
      422,
      'Invalid',
    ],
    [
      'a body of 12 MiB',
      JSON.stringify({ metadata: { name: 'x' }, data: { a: 'x'.repeat(12 * 1024 ** 2) } }),
      413,
      'RequestEntityTooLarge',
    ],
    [
      'deep nesting',
      `{"metadata":{"name":"x"},"data":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      400,
      'BadRequest',
    ],
  ])('answers %s with a Status and stores nothing', async (_, body, code, reason) => {
    const response = await client.request('POST', configMaps, body);
    expect(response.json()).toMatchObject({ kind: 'Status', status: 'Failure', code, reason });
    expect(response.status).toBe(code);
    expect((await client.request('GET', `${configMaps}/x`)).status).toBe(404);
  });

  it.each([
    ['an unknown field', { extra: 'replicaz: 3' }, 'unknown field "spec.replicaz"'],
    ['a negative count', { replicas: -1 }, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ['a word for a number', { replicas: 'four' }, 'spec.replicas of type int32'],
    ['a bad label', { label: '"a b"' }, 'metadata.labels: Invalid value: "a b"'],
  ])('names the field of %s', async (_, changes, message) => {
    const { code, output } = await try_(['create', '-f', '-'], deployment('refused', changes));
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining(message) as string });
    expect(await kubectl(['get', 'deploy', 'refused', '--ignore-not-found'])).toBe('');
  });

  it('says that a kind is unknown, and what may be missing', async () => {
    const widget = '{apiVersion: foo.example/v1, kind: Widget, metadata: {name: x}}';
    const { code, output } = await try_(['apply', '-f', '-'], widget);
    expect(code).toBe(1);
    expect(output).toContain('no matches for kind "Widget" in version "foo.example/v1"');
    expect(output).toContain('ensure CRDs are installed first');
  });

  it.each([
    [
      'two affinities',
      'clusterAffinity: {}, clusterAffinities: [{affinityName: a}]',
      'spec.placement.clusterAffinities',
    ],
    [
      'a spread without clusters',
      'spreadConstraints: [{spreadByField: region, minGroups: 1}]',
      'spec.placement.spreadConstraints',
    ],
    [
      'more groups than allowed',
      'spreadConstraints: [{spreadByField: cluster, minGroups: 3, maxGroups: 1}]',
      'maxGroups',
    ],
    [
      'an unknown field key',
      'clusterAffinity: {fieldSelector: {matchExpressions: [{key: planet, operator: In, values: [x]}]}}',
      '"planet"',
    ],
  ])('refuses a policy with %s and says where', async (_, placement, field) => {
    const { code, output } = await try_(['apply', '-f', '-'], policy('refused', 'web', placement));
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining(field) as string });
  });

  it('accepts a policy that selects nothing, and places nothing for it', async () => {
    await apply(policy('idle', 'no-such-workload'));
    await apply(deployment('bystander'));
    expect(await kubectl(['get', 'rb', '-o', 'name'])).not.toContain('bystander');
  });

  it('keeps a template with the policy that has it when another one selects it too', async () => {
    await apply(
      policy('first', 'contested', 'clusterAffinity: {clusterNames: [member1]}') + '---' + deployment('contested'),
    );
    await untilReady('contested');
    await apply(policy('another', 'contested', 'clusterAffinity: {clusterNames: [member3]}'));
    await kubectl(['scale', 'deploy/contested', '--replicas=2']);
    await eventually(async () => {
      expect(await inMember('member1', ['get', 'deploy', 'contested', '-o', 'jsonpath={.status.readyReplicas}'])).toBe(
        '2',
      );
    }, waitMs);
    expect(await flotilla(platform, ['status', 'deployment', 'contested'])).toContain(
      'PropagationPolicy default/first',
    );
    expect(await inMember('member3', ['get', 'deploy', '--ignore-not-found', 'contested'])).toBe('');
  });

  it.each([
    [
      'an override whose path does not exist',
      'plaintext: [{path: /spec/no/such, operator: replace, value: 1}]',
      '/spec/no/such',
    ],
    [
      'an override that the member refuses',
      'plaintext: [{path: /spec/template/spec/containers/0/image, operator: replace, value: ""}]',
      'containers[0].image: Required value',
    ],
  ])('tells of %s while other clusters go on', async (_, overriders, message) => {
    await apply(deployment('shop') + '---' + policy('shop', 'shop'));
    await untilReady('shop');
    await apply(override('shop', 'shop', overriders));
    const image = `nginx:${message.length}`;
    await kubectl(['set', 'image', 'deploy/shop', `main=${image}`]);
    await eventually(async () => {
      expect(await imageIn('member1', 'shop')).toBe(image);
      const conditions = await kubectl([
        'get',
        'rb',
        'shop-deployment',
        '-o',
        'jsonpath={.status.conditions[?(@.type=="FullyApplied")]}',
      ]);
      expect(JSON.parse(conditions)).toMatchObject({
        status: 'False',
        reason: 'FullyAppliedFailed',
        message: expect.stringContaining(message) as string,
      });
      const status = await flotilla(platform, ['status', 'deployment', 'shop']);
      expect(status).toMatch(/member2 .*not applied/);
      expect(status).toContain(message);
    }, waitMs);
    await kubectl(['delete', 'op', 'shop']);
    await untilReady('shop');
    expect(await imageIn('member2', 'shop')).toBe(image);
  });

  it('ends placed and applied when a template is deleted and made again, many times at once', async () => {
    await apply(policy('phoenix', 'phoenix'));
    for (let round = 0; round < 4; round++) {
      await apply(deployment('phoenix'));
      await kubectl(['delete', 'deploy', 'phoenix', '--wait=false']);
    }
    await apply(deployment('phoenix', { replicas: 3 }));
    await untilReady('phoenix');
    const uids = await Promise.all(
      ['member1', 'member2'].map((member) =>
        inMember(member, [
          'get',
          'deploy',
          'phoenix',
          '-o',
          'jsonpath={.metadata.annotations.resourcetemplate\\.karmada\\.io/uid}',
        ]),
      ),
    );
    const uid = await kubectl(['get', 'deploy', 'phoenix', '-o', 'jsonpath={.metadata.uid}']);
    expect(uids).toEqual([uid, uid]);
  });

  it('brings back what was deleted by hand: the binding, the object, its namespace in a member', async () => {
    await kubectl(['create', 'namespace', 'fragile']);
    await kubectl(['apply', '-n', 'fragile', '-f', '-'], deployment('glass') + '---' + policy('glass', 'glass'));
    const isThere = async (): Promise<void> => {
      const status = await flotilla(platform, ['status', 'deployment', 'glass', '-n', 'fragile']);
      expect(status).toContain('8/8 ready in 2 clusters');
      expect(await inMember('member1', ['get', 'deploy', 'glass', '-n', 'fragile', '-o', 'name'])).toContain('glass');
    };
    await eventually(isThere, waitMs);
    await kubectl(['delete', 'rb', 'glass-deployment', '-n', 'fragile']);
    await eventually(isThere, waitMs);
    await inMember('member1', ['delete', 'deploy', 'glass', '-n', 'fragile']);
    await eventually(isThere, waitMs);
    await inMember('member1', ['delete', 'namespace', 'fragile']);
    await eventually(isThere, waitMs);
  });

  it('refuses a stale replace and a server-side apply against other managers, and stores nothing in a dry run', async () => {
    await apply(deployment('contract'));
    const stale = await kubectl(['get', 'deploy', 'contract', '-o', 'json']);
    await kubectl(['label', 'deploy', 'contract', 'seen=yes']);
    expect((await try_(['replace', '-f', '-'], stale)).output).toContain('the object has been modified');
    const other = ['apply', '--server-side', '--field-manager=other', '-f', '-'];
    expect((await try_(other, deployment('contract', { replicas: 9 }))).output).toContain('.spec.replicas');
    await kubectl(['apply', '--dry-run=server', '-f', '-'], deployment('contract', { replicas: 7 }));
    expect(await kubectl(['get', 'deploy', 'contract', '-o', 'jsonpath={.spec.replicas}'])).toBe('4');
  });

  it('says that members lack a custom kind, and places it once its definition is there', async () => {
    const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.fleet.example.com}
spec:
  group: fleet.example.com
  scope: Namespaced
  names: {plural: boats, singular: boat, kind: Boat}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {sails: {type: integer, minimum: 1}}}}}}}]
`;
    const boat = (sails: number): string =>
      `{apiVersion: fleet.example.com/v1, kind: Boat, metadata: {name: argo}, spec: {sails: ${sails}}}`;
    await apply(definition);
    await kubectl(['wait', '--for=condition=Established', 'crd/boats.fleet.example.com', '--timeout=20s']);
    expect((await try_(['apply', '-f', '-'], boat(0))).output).toContain('spec.sails');
    await apply(boat(2));
    await apply(
      policy('boats', 'argo').replace(
        'apiVersion: apps/v1, kind: Deployment',
        'apiVersion: fleet.example.com/v1, kind: Boat',
      ),
    );
    await eventually(async () => {
      expect(await flotilla(platform, ['status', 'boat', 'argo'])).toContain('did not have the API resource');
    }, waitMs);
    await apply(`
apiVersion: policy.karmada.io/v1alpha1
kind: ClusterPropagationPolicy
metadata: {name: boats}
spec:
  resourceSelectors: [{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, name: boats.fleet.example.com}]
  placement: {clusterAffinity: {clusterNames: [member1, member2]}}
`);
    await eventually(async () => {
      for (const member of ['member1', 'member2']) {
        expect(await inMember(member, ['get', 'boat', 'argo', '-o', 'jsonpath={.spec.sails}'])).toBe('2');
      }
    }, waitMs);
  });

  it('lets a rollout to zero replicas end', async () => {
    await apply(deployment('empty') + '---' + policy('empty', 'empty'));
    await untilReady('empty');
    await kubectl(['scale', 'deploy/empty', '--replicas=0']);
    expect(await kubectl(['rollout', 'status', 'deploy/empty', '--timeout=20s'])).toContain('successfully rolled out');
  });

  it('gives a service account its rights and no more', async () => {
    await kubectl(['create', 'serviceaccount', 'bot']);
    await kubectl(['create', 'role', 'reader', '--verb=get,list', '--resource=configmaps']);
    await kubectl(['create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount=default:bot']);
    const asBot = ['--as=system:serviceaccount:default:bot'];
    expect(await kubectl(['get', 'configmaps', ...asBot])).toBeDefined();
    expect((await try_(['get', 'secrets', ...asBot])).output).toContain('cannot list resource "secrets"');
    expect((await try_(['auth', 'can-i', 'create', 'deployments', ...asBot])).output).toContain('no');
    expect((await kubectl(['create', 'token', 'bot'])).split('.')).toHaveLength(3);
  });

  it('moves everything away from a cluster whose Cluster object is deleted, and forgets its credentials', async () => {
    await apply(
      deployment('mover', { replicas: 6 }) +
        '---' +
        policy('mover', 'mover', 'replicaScheduling: {replicaSchedulingType: Divided}'),
    );
    await untilReady('mover');
    await kubectl(['delete', 'cluster', 'member3', '--timeout=30s']);
    await untilReady('mover');
    expect(await inMember('member3', ['get', 'deploy', 'mover', '--ignore-not-found'])).toBe('');
    expect(await kubectl(['get', 'secret', '-n', 'karmada-cluster', 'member3', '--ignore-not-found'])).toBe('');
    expect(await kubectl(['get', 'namespace', 'karmada-es-member3', '--ignore-not-found'])).toBe('');
  });

  it.each([
    ['a port that is taken', async () => ['--port', await portOf(platform)], 'is in use: stop what listens there'],
    ['a data directory that is in use', () => ['--data-dir', platform.dataDir], 'is in use by process'],
    ['a file as data directory', () => ['--data-dir', mainPath], 'data cannot be kept in'],
    ['an address of another machine', () => ['--host', '203.0.113.7'], 'no address of this machine'],
  ])('does not start on %s, and says why in one line', async (_, args, message) => {
    const elsewhere = ['--port', '0', '--data-dir', join(home, 'elsewhere')];
    const start = await run(process.execPath, [mainPath, ...elsewhere, ...(await args())]);
    expect(start.code).toBe(1);
    expect(start.output.trim().split('\n')).toEqual([expect.stringContaining(message)]);
  });

  it('starts again after a kill with a torn tail, with everything that was acknowledged', async () => {
    const dataDir = join(home, 'killed');
    const first = await startPlatform({ dataDir });
    const writer = await first.client(8);
    const acknowledged = new Set<string>();
    const writes = Array.from({ length: 300 }, async (_, index) => {
      const name = `cm-${index}`;
      const response = await writer.request('POST', configMaps, { metadata: { name } }).catch(() => undefined);
      if (response?.status === 201) acknowledged.add(name);
      if (index === 150) await first.kill();
    });
    await Promise.all(writes);
    await writer.close();
    expect(acknowledged.size).toBeGreaterThan(50);
    for (const file of await readdir(join(dataDir, 'log'))) {
      if (file.startsWith('segment-')) await appendFile(join(dataDir, 'log', file), Buffer.alloc(41, 7));
    }
    const second = await startPlatform({ dataDir });
    const reader = await second.client(1);
    try {
      const { items } = (await reader.expect('GET', configMaps)) as { items: { metadata: { name: string } }[] };
      const stored = new Set(items.map(({ metadata }) => metadata.name));
      expect([...acknowledged].filter((name) => !stored.has(name))).toEqual([]);
      await reader.expect('POST', configMaps, { metadata: { name: 'after' } });
    } finally {
      await reader.close();
      await second.stop();
      await rm(`${dataDir}.log`, { force: true });
    }
  });

  it('is well after all of this', async () => {
    expect((await client.request('GET', '/readyz')).status).toBe(200);
    await writeFile(join(home, 'bad.yaml'), 'a: [1\n');
    await expect(flotilla(platform, ['apply', '-f', join(home, 'bad.yaml')])).rejects.toThrow('not valid YAML');
  });

  async function portOf({ kubeconfigPath }: Platform): Promise<string> {
    const view = ['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}'];
    const { output } = await run(kubectlPath, ['--kubeconfig', kubeconfigPath, ...view]);
    return new URL(output.trim()).port;
  }
});
