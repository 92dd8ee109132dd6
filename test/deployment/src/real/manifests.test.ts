/** The overlays of k8s/, rendered, looked through, and offered to a real kube-apiserver that enforces the restricted Pod security standard. */
import { execFile } from 'node:child_process';
import { ensureBinaries, type Binaries } from '@flotilla/test-clusters/binaries';
import { startMembers, type MemberSet } from '@flotilla/test-clusters/members';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMonitoring, overlays, renderOverlay, workloadsOf, type Container, type Manifest } from '../manifests.ts';
import { serviceOf, settingsProblems } from '../service-settings.ts';
import { trustFiles } from '../trust-files.ts';

const found = await ensureBinaries();
if ('unavailable' in found) console.error(`SKIPPED: manifests against a kube-apiserver: ${found.unavailable}`);
const binaries = found as Binaries;
const rendered = new Map(
  'unavailable' in found
    ? []
    : await Promise.all(overlays.map(async (name) => [name, await renderOverlay(found.kubectl, name)] as const)),
);

interface Answer {
  readonly code: number;
  readonly output: string;
}

async function kubectl(set: MemberSet, args: readonly string[], input = ''): Promise<Answer> {
  const kubeconfig = set.member('management').kubeconfigPath;
  return new Promise((finish) => {
    const child = execFile(
      binaries.kubectl,
      ['--kubeconfig', kubeconfig, ...args],
      { env: { HOME: set.workDir }, timeout: 60_000 },
      (error, stdout, stderr) => finish({ code: error === null ? 0 : 1, output: stdout + stderr }),
    );
    child.stdin?.end(input);
  });
}

const listOf = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

function environmentOf(manifests: readonly Manifest[], { env = [], envFrom = [] }: Container): Record<string, string> {
  const all: Record<string, string> = {};
  for (const { configMapRef } of envFrom) {
    const source = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name);
    if (source === undefined) throw new Error(`there is no ConfigMap ${configMapRef.name}`);
    Object.assign(all, source.data);
  }
  for (const { name, value = 'x' } of env) all[name] = value;
  return all;
}

/** The trust directory's folder that a Secret is made of. */
function folderOf(secret: string): string {
  if (/^nats-\d$/.test(secret)) return `nats/${secret}`;
  return secret === 'gateway-pki' ? 'gateway/pki' : secret;
}

function isNamed(
  { kind, metadata }: Manifest,
  target: { readonly kind: string; readonly name: string } | undefined,
): boolean {
  return kind === target?.kind && metadata.name === target.name;
}

describe.skipIf('unavailable' in found).each(overlays)('the overlay %s', (overlay) => {
  const manifests = rendered.get(overlay) ?? [];
  const workloads = workloadsOf(manifests);
  const permanent = workloads.filter(({ kind }) => kind !== 'Job');
  const containers = workloads.flatMap(({ name, template }) =>
    [...template.spec.containers, ...(template.spec.initContainers ?? [])].map((container) => ({ name, container })),
  );
  let trust: ReadonlySet<string>;
  beforeAll(async () => {
    trust = await trustFiles();
  });

  it.each(containers.filter(({ container }) => serviceOf(container.args) !== undefined))(
    'gives $name settings that it takes',
    async ({ name, container }) => {
      expect(serviceOf(container.args)).toBe(name);
      expect(await settingsProblems(name, environmentOf(manifests, container))).toEqual([]);
    },
  );

  it('has files for the services from Secrets that are folders of the trust directory', () => {
    const lacking = workloads.flatMap(({ template: { spec } }) =>
      (spec.volumes ?? []).flatMap(({ name, secret, projected }) => {
        const projectedFiles = (projected?.sources ?? []).flatMap(({ secret: source }) =>
          source.items.map(({ key }) => `${folderOf(source.name)}/${key}`),
        );
        if (secret === undefined) return projectedFiles.filter((path) => !trust.has(path));
        const folder = `${folderOf(secret.secretName)}/`;
        if (![...trust].some((file) => file.startsWith(folder))) return [folder];
        const mounts = spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
        const target = `${mounts.find((mount) => mount.name === name)?.mountPath ?? '?'}/`;
        const settings = spec.containers.flatMap((container) => Object.values(environmentOf(manifests, container)));
        const named = settings.filter((value) => value.startsWith(target));
        return named.map((path) => folder + path.slice(target.length)).filter((path) => !trust.has(path));
      }),
    );
    expect(lacking, 'flotilla init makes no such file').toEqual([]);
  });

  it('mounts every volume, and nothing else', () => {
    const mountsAndVolumes = workloads.map(({ name, kind, template: { spec } }) => {
      const owner = manifests.find((each) => each.kind === kind && each.metadata.name === name);
      const claims = owner?.spec?.volumeClaimTemplates?.map(({ metadata }) => metadata.name) ?? [];
      const mounted = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ volumeMounts = [] }) =>
        volumeMounts.map((mount) => mount.name),
      );
      const volumes = [...(spec.volumes ?? []).map((volume) => volume.name), ...claims];
      return { name, mounted: [...new Set(mounted)].toSorted(), volumes: volumes.toSorted() };
    });
    expect(mountsAndVolumes.filter(({ mounted, volumes }) => mounted.join() !== volumes.join())).toEqual([]);
  });

  it('pins images, requests resources, limits memory, and writes to volumes alone', () => {
    const lax = containers.filter(
      ({ container: { image, resources, securityContext } }) =>
        !/:v?\d+\.\d+\.\d+/.test(image) ||
        Object.keys(resources?.requests ?? {})
          .toSorted()
          .join() !== 'cpu,memory' ||
        !/^\d+[MG]i$/.test(resources?.limits?.memory ?? '') ||
        securityContext?.readOnlyRootFilesystem !== true,
    );
    expect(lax.map(({ name, container }) => `${name}: ${container.name}`)).toEqual([]);
  });

  it('probes whatever runs all the time, and gives it no token of the management cluster', () => {
    const withToken = workloads.filter(({ template }) => template.spec.automountServiceAccountToken !== false);
    expect(withToken).toEqual([]);
    const unprobed = permanent.flatMap(({ template }) =>
      template.spec.containers.filter(({ startupProbe, livenessProbe, readinessProbe }) =>
        [startupProbe, livenessProbe, readinessProbe].includes(undefined),
      ),
    );
    expect(unprobed).toEqual([]);
  });

  it('has a disruption budget for each of them', () => {
    const budgets = manifests.filter(({ kind }) => kind === 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
    expect(budgets.toSorted()).toEqual(permanent.map(({ name }) => name).toSorted());
  });

  it('leaves to autoscalers alone how many replicas there are', () => {
    const scaled = manifests
      .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
      .map(({ spec }) => manifests.find((each) => isNamed(each, spec?.scaleTargetRef)));
    expect(scaled.filter((target) => target === undefined || target.spec?.replicas !== undefined)).toEqual([]);
    expect(scaled).toHaveLength(overlay === 'production' ? 3 : 0);
  });

  it('has Services of ports that their Pods have', () => {
    const broken = manifests
      .filter(({ kind }) => kind === 'Service')
      .filter(({ spec }) => {
        const selector = Object.entries(spec?.selector ?? {});
        const target = permanent.find(({ template }) =>
          selector.every(([key, value]) => template.metadata.labels[key] === value),
        );
        const ports = target?.template.spec.containers.flatMap((each) => (each.ports ?? []).map(({ name }) => name));
        return !(spec?.ports ?? []).every(({ targetPort }) => ports?.includes(targetPort));
      });
    expect(broken.map(({ metadata }) => metadata.name)).toEqual([]);
  });
});

describe.skipIf('unavailable' in found)('a kube-apiserver', () => {
  let set: MemberSet;
  beforeAll(async () => {
    set = await startMembers({
      binaries,
      names: ['management'],
      withControllerManager: false,
      withScheduler: false,
      withNodes: false,
    });
    const base = (rendered.get('production') ?? []).filter(({ kind }) =>
      ['Namespace', 'ServiceAccount'].includes(kind),
    );
    const { code, output } = await kubectl(set, ['apply', '--server-side', '-f', '-'], listOf(base));
    if (code !== 0) throw new Error(output);
  });
  afterAll(async () => set?.stop());

  it.each(overlays)('takes every object of the overlay %s, without a warning', async (overlay) => {
    const objects = (rendered.get(overlay) ?? []).filter((each) => !isMonitoring(each));
    const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'];
    const { code, output } = await kubectl(set, args, listOf(objects));
    expect({ code, output }).toEqual({ code: 0, output: expect.not.stringContaining('Warning') });
    expect(output.trim().split('\n')).toHaveLength(objects.length);
  });

  it.each(overlays)('lets the Pods of the overlay %s in under the restricted standard', async (overlay) => {
    const pods = workloadsOf(rendered.get(overlay) ?? []).map(({ name, template: { metadata, spec } }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: `${name}-x`, namespace: 'flotilla' },
      // Those of a claim template are made by a controller.
      spec: { ...spec, restartPolicy: 'Always', volumes: [...(spec.volumes ?? []), { name: 'data', emptyDir: {} }] },
    }));
    const { code, output } = await kubectl(set, ['create', '--dry-run=server', '-f', '-'], listOf(pods));
    expect({ code, output }).toEqual({ code: 0, output: expect.not.stringContaining('Warning') });
  });

  it('keeps other Pods out', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root', namespace: 'flotilla' },
      spec: { serviceAccountName: 'gateway', containers: [{ name: 'main', image: 'nginx:1.29.0' }] },
    };
    const { code, output } = await kubectl(set, ['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod));
    expect(code).toBe(1);
    expect(output).toContain('violates PodSecurity "restricted');
  });
});
