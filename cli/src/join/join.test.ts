import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { AdmissionPlugin } from '@flotilla/kubeapi/admission/admission';
import { forbidden } from '@flotilla/kubeapi/errors/api-errors';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startTestGateway } from '../testing/test-gateway.ts';
import type { TestGateway } from '../testing/test-gateway.ts';
import { runCli } from '../testing/test-terminal.ts';
import type { Run } from '../testing/test-terminal.ts';

const clusters = { group: 'cluster.karmada.io', resource: 'clusters' };
const secrets = { group: '', resource: 'secrets' };
const serviceAccounts = { group: '', resource: 'serviceaccounts' };
const clusterRoles = { group: 'rbac.authorization.k8s.io', resource: 'clusterroles' };
const clusterRoleBindings = { group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' };
const namespaces = { group: '', resource: 'namespaces' };

const refusing: AdmissionPlugin = {
  name: 'refusing',
  validate({ kind, name }) {
    if (kind.kind === 'Cluster' && name === 'refused') throw forbidden(clusters, name, 'not this one');
  },
};

/** A gateway is a Kubernetes API server, so it can play the member too. */
describe('joining a cluster', () => {
  let control: TestGateway;
  let member: TestGateway;
  const cli = (...args: readonly string[]): Promise<Run> =>
    runCli(args, { env: { FLOTILLA_KUBECONFIG: control.kubeconfig } });
  const joinParis = (...args: readonly string[]): Promise<Run> =>
    cli('join', 'paris', '--kubeconfig', member.kubeconfig, '--wait', '0', ...args);

  beforeAll(async () => {
    [control, member] = await Promise.all([
      startTestGateway({ admission: [refusing] }),
      startTestGateway({ token: 'the-account-token' }),
    ]);
  });
  afterAll(() => Promise.all([control.stop(), member.stop()]));

  const inMember = (name = 'paris'): readonly boolean[] => [
    member.store.get(serviceAccounts, 'karmada-cluster', `karmada-${name}`) !== undefined,
    member.store.get(clusterRoles, '', `karmada-controller-manager:karmada-${name}`) !== undefined,
    member.store.get(clusterRoleBindings, '', `karmada-controller-manager:karmada-${name}`) !== undefined,
    member.store.get(secrets, 'karmada-cluster', `karmada-${name}`) !== undefined,
  ];
  const nothing = [false, false, false, false];

  it('only checks in a dry run', async () => {
    const { exitCode, out } = await joinParis('--dry-run');
    expect(exitCode).toBe(0);
    expect(out).toContain('ServiceAccount karmada-cluster/karmada-paris');
    expect(inMember()).toEqual(nothing);
    expect(control.store.get(clusters, '', 'paris')).toBeUndefined();
  });

  it('makes an account there and a Cluster here, then lets it leave again', async () => {
    expect(
      await joinParis('--provider', 'aws', '--region', 'eu', '--zone', 'a', '--zone', 'b', '--label', 'tier=test'),
    ).toEqual({
      exitCode: 0,
      out: '✓ paris has joined; whether it is ready: flotilla get clusters\n',
      err: '',
    });
    const uid = member.store.get(namespaces, '', 'kube-system')?.object.metadata.uid;
    expect(control.store.get(clusters, '', 'paris')?.object).toMatchObject({
      metadata: { labels: { tier: 'test' } },
      spec: {
        syncMode: 'Push',
        id: uid,
        apiEndpoint: member.gateway.url,
        secretRef: { namespace: 'karmada-cluster', name: 'paris' },
        provider: 'aws',
        region: 'eu',
        zones: ['a', 'b'],
      },
    });
    const data = control.store.get(secrets, 'karmada-cluster', 'paris')?.object['data'] as Readonly<
      Record<string, string>
    >;
    expect(Buffer.from(data['token'] ?? '', 'base64').toString()).toBe('the-account-token');
    expect(Buffer.from(data['caBundle'] ?? '', 'base64').toString()).toBe(member.gateway.pki.caCertPem);
    expect(inMember()).toEqual([true, true, true, true]);

    expect(await joinParis()).toMatchObject({ exitCode: 0, out: 'paris has already joined\n' });
    const again = await cli('join', 'lyon', '--kubeconfig', member.kubeconfig);
    expect([again.exitCode, again.err]).toEqual([1, expect.stringContaining('already joined as "paris"')]);

    expect(await cli('unjoin', 'paris')).toEqual({
      exitCode: 0,
      out: '✓ paris has left\n  its service account is removed\n',
      err: '',
    });
    await vi.waitFor(() => expect(inMember()).toEqual(nothing), 10_000);
    await vi.waitFor(() => expect(member.store.get(namespaces, '', 'karmada-cluster')).toBeUndefined(), 10_000);
  });

  it('takes everything back, here and there, when the Cluster is refused at last', async () => {
    await control.put(clusters, {
      apiVersion: 'cluster.karmada.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'lyon' },
      spec: { syncMode: 'Push', id: 'other' },
    });
    const taken = await cli('join', 'lyon', '--kubeconfig', member.kubeconfig);
    expect([taken.exitCode, taken.err]).toEqual([
      1,
      expect.stringContaining('another cluster is called "lyon" already'),
    ]);
    expect(inMember()).toEqual(nothing);

    const refused = await cli('join', 'refused', '--kubeconfig', member.kubeconfig);
    expect([refused.exitCode, refused.err]).toEqual([1, expect.stringContaining('not this one')]);
    expect(inMember('refused')).toEqual(nothing);
    await vi.waitFor(() => expect(member.store.get(namespaces, '', 'karmada-cluster')).toBeUndefined(), 10_000);
    expect(control.store.get(secrets, 'karmada-cluster', 'refused')).toBeUndefined();
  });

  it.each([
    ['a name that is none', ['join', 'Paris!', '--kubeconfig', 'KUBECONFIG'], 2, /cannot be the name of a cluster/],
    ['a file that is not there', ['join', 'x', '--kubeconfig', '/nowhere/file'], 2, /there is no file/],
    [
      'a context that is not there',
      ['join', 'x', '--kubeconfig', 'KUBECONFIG', '--context', 'y'],
      2,
      /no context "y". Choose one with --context: flotilla/,
    ],
    [
      'a label that is none',
      ['join', 'x', '--kubeconfig', 'KUBECONFIG', '--label', 'a'],
      2,
      /--label "a" is not valid/,
    ],
    ['the control plane itself', ['join', 'x', '--kubeconfig', 'CONTROL'], 1, /of the control plane itself/],
  ])('refuses %s', async (_name, args, exitCode, message) => {
    const paths: Readonly<Record<string, string>> = { KUBECONFIG: member.kubeconfig, CONTROL: control.kubeconfig };
    const run = await cli(...args.map((arg) => paths[arg] ?? arg));
    expect([run.exitCode, run.err]).toEqual([exitCode, expect.stringMatching(message)]);
    expect(run.err.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([
    [
      'a server that is not there',
      (text: string) => text.replace(/server: .*/, 'server: https://127.0.0.1:1'),
      /is not reachable \(connection refused\)/,
    ],
    [
      'a certificate that is not trusted',
      (text: string) => text.replace(/\n *certificate-authority-data: .*/, ''),
      /the certificate of .* is not trusted/,
    ],
    [
      'credentials that are not accepted',
      (text: string) => text.replace(/client-certificate-data: .*\n *client-key-data: .*/, 'token: wrong'),
      /does not accept these credentials/,
    ],
    ['a file that is no kubeconfig', () => 'hello', /is not a kubeconfig/],
  ])('explains %s', async (name, change, message) => {
    const path = join(control.folder, name.replaceAll(' ', '-'));
    await writeFile(path, change(await readFile(member.kubeconfig, 'utf8')));
    const run = await cli('join', 'x', '--kubeconfig', path);
    expect([run.exitCode, run.err]).toEqual([1, expect.stringMatching(message)]);
  });
});
