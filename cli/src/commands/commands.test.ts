import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestGateway } from '../testing/test-gateway.ts';
import type { TestGateway } from '../testing/test-gateway.ts';
import { runCli } from '../testing/test-terminal.ts';
import type { Run, RunOptions } from '../testing/test-terminal.ts';

const app = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: 'nginx:1' }] }
---
apiVersion: v1
kind: Namespace
metadata: { name: shop }
`;

describe('commands against a gateway', () => {
  let world: TestGateway;
  const cli = (args: string, options: RunOptions = {}): Promise<Run> =>
    runCli(args.split(' '), { env: { FLOTILLA_KUBECONFIG: world.kubeconfig }, cwd: world.folder, ...options });

  beforeAll(async () => {
    world = await startTestGateway();
    await writeFile(join(world.folder, 'app.yaml'), app);
  });
  afterAll(() => world.stop());

  it('applies in a useful order, then changes, then nothing', async () => {
    expect(await cli('apply -f app.yaml')).toEqual({
      exitCode: 0,
      out: 'namespace/shop created\ndeployment.apps/web created\n',
      err: '',
    });
    expect((await cli('apply -f -', { stdin: app.replace('nginx:1', 'nginx:2') })).out).toBe(
      'namespace/shop unchanged\ndeployment.apps/web configured\n',
    );
    expect((await cli('apply -f - --dry-run', { stdin: app })).out).toContain(
      'deployment.apps/web configured (dry run)',
    );
    expect((await cli('get deployment web -n shop -o json')).out).toContain('nginx:2');
  });

  it.each([4, 12])('names an object of %i MiB, its size, the limit and what to do', async (mebibytes) => {
    const big = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big', namespace: 'default' } };
    const stdin = JSON.stringify({ ...big, data: { film: 'x'.repeat(mebibytes * 1024 * 1024) } });
    expect(await cli('apply -f -', { stdin })).toMatchObject({
      exitCode: 1,
      err: [
        `standard input:1: ConfigMap "big" is too large: ${mebibytes} MiB, and the control plane takes at most 3 MiB. `,
        'Split it into several objects, or keep large data in a volume, an image or object storage\n',
        'flotilla: nothing was applied. Mend what is named above and apply again\n',
      ].join(''),
    });
  });

  it('goes on after an object that cannot be applied, names file and line, and fails', async () => {
    const text = `kind: ConfigMap
---
apiVersion: apps/v1
kind: Deploiment
metadata: { name: x }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: fine }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: lost, namespace: nowhere }
`;
    await writeFile(join(world.folder, 'mixed.yaml'), text);
    const { exitCode, out, err } = await cli('apply -f mixed.yaml');
    expect(exitCode).toBe(1);
    expect(out).toBe('configmap/fine created\n');
    expect(err.split('\n').slice(0, -1)).toEqual([
      'mixed.yaml:1: apiVersion missing: every object says what it is',
      expect.stringMatching(/^mixed.yaml:11: ConfigMap "lost": namespace "nowhere" does not exist. Create it first/),
      'mixed.yaml:3: Deploiment "x": the control plane serves no kind "Deploiment" in "apps/v1". Did you mean "Deployment"?',
      'flotilla: 3 of 4 objects could not be applied. The others are in place: mend these and apply again',
    ]);
  });

  it('names the fields that are not valid', async () => {
    const { exitCode, err } = await cli('apply -f -', { stdin: app.replace('replicas: 2', 'replicas: -1') });
    expect(exitCode).toBe(1);
    expect(err).toMatch(/standard input:2: Deployment.apps "web" is invalid\n {2}spec.replicas: Invalid value: -1/);
  });

  it('does not take over fields of others unless told so', async () => {
    const settings = (value: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: owned }\ndata: { k: ${value} }\n`;
    await cli('apply -f -', { stdin: settings('one') });
    await world.put(
      { group: '', resource: 'configmaps' },
      {
        ...(world.store.get({ group: '', resource: 'configmaps' }, 'default', 'owned')?.object ?? {
          apiVersion: 'v1',
          kind: 'ConfigMap',
        }),
        metadata: {
          ...world.store.get({ group: '', resource: 'configmaps' }, 'default', 'owned')?.object.metadata,
          managedFields: [
            {
              manager: 'somebody',
              operation: 'Update',
              apiVersion: 'v1',
              fieldsType: 'FieldsV1',
              fieldsV1: { 'f:data': { 'f:k': {} } },
            },
          ],
        },
      },
    );
    const refused = await cli('apply -f -', { stdin: settings('two') });
    expect([refused.exitCode, refused.err]).toEqual([
      1,
      expect.stringContaining('take them over with --force-conflicts'),
    ]);
    expect((await cli('apply -f - --force-conflicts', { stdin: settings('two') })).out).toBe(
      'configmap/owned configured\n',
    );
  });

  it('prints tables as the server computes them', async () => {
    await cli('apply -f app.yaml');
    const { out } = await cli('get deploy -n shop');
    expect(out.split('\n')[0]).toMatch(/^NAME {3}READY {3}UP-TO-DATE {3}AVAILABLE {3}AGE$/);
    expect((await cli('get deploy -A')).out).toMatch(/^NAMESPACE {3}NAME/);
    expect((await cli('get deploy,ns -n shop -o name')).out).toContain('deployment.apps/web\n');
    expect((await cli('get deploy -n shop -l app=other')).err).toBe('No deployments found in namespace shop.\n');
    expect((await cli('get deploy web -n shop -o yaml')).out).not.toContain('managedFields');
  });

  it.each([
    ['get deploymnt', 3, 'flotilla: the control plane serves no kind "deploymnt". Did you mean "deployment"?\n'],
    [
      'get deploy web',
      3,
      'flotilla: there is no deployment "web" in namespace default. There is one in namespace shop: add -n shop\n',
    ],
    ['get cluster x', 3, 'flotilla: there is no cluster "x". See: flotilla get clusters\n'],
    ['status deploy', 2, 'flotilla: which deploy? Name it: deploy NAME or deploy/NAME\n'],
    ['apply', 2, 'flotilla: nothing to apply. Name a file or a folder: flotilla apply -f PATH\n'],
    ['apply -f missing.yaml', 2, 'flotilla: there is no file or folder missing.yaml. Check the path after -f\n'],
    ['gte pods', 2, "flotilla: unknown command 'gte'\n(Did you mean get?)\nAdd --help to see how it is used\n"],
    ['unjoin x', 3, 'flotilla: there is no cluster "x". No cluster has joined\n'],
  ])('answers "%s" with exit code %d and what to do', async (args, exitCode, err) => {
    await cli('apply -f app.yaml');
    expect(await cli(args)).toEqual({ exitCode, out: '', err });
  });

  it('says that the control plane is not running', async () => {
    const kubeconfig = join(world.folder, 'other');
    await writeFile(
      kubeconfig,
      'current-context: a\nclusters: [{ name: a, cluster: { server: "https://127.0.0.1:1" } }]\nusers: [{ name: a, user: {} }]\ncontexts: [{ name: a, context: { cluster: a, user: a } }]\n',
    );
    expect(await cli('get ns', { env: { FLOTILLA_KUBECONFIG: kubeconfig } })).toEqual({
      exitCode: 4,
      out: '',
      err: 'flotilla: the control plane at https://127.0.0.1:1 is not reachable (connection refused). Is it running? Start it with: npm start\n',
    });
    const nowhere = await cli(`get ns --config ${join(world.folder, 'nothing')}`, { env: {} });
    expect([nowhere.exitCode, nowhere.err]).toEqual([4, expect.stringContaining('npm start')]);
  });

  it('says that nothing selects a workload, and how to change that', async () => {
    await cli('apply -f app.yaml');
    const { out, exitCode } = await cli('status deployment/web -n shop');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Deployment shop\/web {2}not propagated\n\nNo policy selects it/);
    expect((await cli('explain deployment web -n shop')).out).toMatch(
      /^Deployment shop\/web: not propagated\nNo policy selects it/,
    );
  });

  it('shows the status and the stored reasons of a binding', async () => {
    await cli('apply -f app.yaml');
    const reasons = {
      version: 1,
      policy: { policy: 'PropagationPolicy shop/web', why: 'selects by name, priority 0' },
    };
    await world.put(
      { group: 'work.karmada.io', resource: 'resourcebindings' },
      {
        apiVersion: 'work.karmada.io/v1alpha2',
        kind: 'ResourceBinding',
        metadata: {
          name: 'an-unusual-name',
          namespace: 'shop',
          uid: 'b',
          annotations: { 'scheduler.flotilla.io/decision': JSON.stringify(reasons) },
        },
        spec: {
          resource: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
          placement: {},
          replicas: 2,
          clusters: [{ name: 'm1', replicas: 2 }],
        },
      },
    );
    const { out } = await cli('status deploy web -n shop');
    expect(out).toContain('ResourceBinding shop/an-unusual-name');
    expect(out).toContain('m1   2 replicas   0 ready   waiting');
    expect((await cli('explain deploy web -n shop')).out).toBe(
      'Deployment shop/web is in m1 (2)\npolicy PropagationPolicy shop/web: selects by name, priority 0\n',
    );
    expect(JSON.parse((await cli('explain deploy web -n shop -o json')).out)).toEqual(reasons);
  });

  it('deletes what files declare, and waits', async () => {
    await cli('apply -f app.yaml');
    expect(await cli('delete -f app.yaml --wait 20')).toEqual({
      exitCode: 0,
      out: 'deployment.apps/web deleted\nnamespace/shop deleted\n',
      err: '',
    });
    expect(await cli('delete -f app.yaml --ignore-not-found')).toEqual({ exitCode: 0, out: '', err: '' });
    expect((await cli('delete ns shop')).exitCode).toBe(3);
  });

  it('reads folders, and says when they hold nothing', async () => {
    const folder = join(world.folder, 'folder', 'inner');
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'one.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } }),
    );
    expect((await cli('apply -f folder')).err).toContain('Add -R to look into its folders too');
    expect((await cli('apply -R -f folder')).out).toBe('configmap/one created\n');
  });

  it('completes commands, options, kinds and names', async () => {
    await cli('apply -f -', { stdin: 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shelf }\n' });
    const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
      const { out } = await runCli(['__complete', '--', ...words], { env: { FLOTILLA_KUBECONFIG: world.kubeconfig } });
      return out.split('\n').slice(0, -1);
    };
    expect(await complete('unj')).toEqual(['unjoin']);
    expect(await complete('get', '--all')).toEqual(['--all-namespaces']);
    expect(await complete('get', 'deployments', '-o', '')).toEqual(['wide', 'json', 'yaml', 'name']);
    expect(await complete('get', 'resourceb')).toEqual(['resourcebindings']);
    expect(await complete('get', 'ns', 'she')).toEqual(['shelf']);
    expect(await complete('get', 'cm', '-n', 'she')).toEqual(['shelf']);
    expect(await complete('apply', '-f', '')).toEqual([':files']);
  });

  it('stops when asked to', async () => {
    const { exitCode } = await cli('get ns', { signal: AbortSignal.abort(new Error('interrupted')) });
    expect(exitCode).toBe(130);
  });
});

describe('help', () => {
  const commands = [
    'up',
    'demo',
    'join',
    'unjoin',
    'get',
    'apply',
    'delete',
    'status',
    'explain',
    'version',
    'completion',
    'options',
  ];
  it.each(commands)('of %s has examples', async (command) => {
    const { exitCode, out } = await runCli([command, '--help']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/\nExamples?:\n|The same with this command/);
  });

  it('lists every command', async () => {
    const { out } = await runCli(['--help']);
    for (const command of commands) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(out).toContain('Exit codes:');
  });
});
