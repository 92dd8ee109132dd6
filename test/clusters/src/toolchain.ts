import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One Go module below `tools/` and the programs that are built from it. */
export interface ToolModule {
  /** Folder below `tools/`; also the first part of the cache key. */
  readonly folder: string;
  /** The Go module whose required version in `go.mod` names the build. */
  readonly goModule: string;
  /** Program name to the Go package of its `main`; `.` = the one in the folder itself. */
  readonly programs: Readonly<Record<string, string>>;
  /** Variables that the linker sets, so that the programs report their release. */
  readonly linkerVariables: (version: string) => Readonly<Record<string, string>>;
  /** YAML files of the module that a program needs at run time, concatenated into one file. */
  readonly data?: { readonly file: string; readonly sources: readonly string[] };
  /** Seconds a cold build takes on two cores, told to whoever waits. */
  readonly usualSeconds: number;
}

const KUBERNETES_VERSION_PACKAGE = 'k8s.io/component-base/version';

/**
 * Everything a member cluster consists of, and the platform's own NATS server. The modules are separate because their dependencies conflict; the versions
 * live in their `go.mod` files and nowhere else.
 */
export const TOOL_MODULES = [
  {
    folder: 'etcd',
    goModule: 'go.etcd.io/etcd/server/v3',
    programs: { etcd: 'go.etcd.io/etcd/server/v3' },
    linkerVariables: () => ({}),
    usualSeconds: 50,
  },
  {
    folder: 'kubernetes',
    goModule: 'k8s.io/kubernetes',
    programs: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    linkerVariables: (version) => {
      const [major = '', minor = ''] = version.replace(/^v/, '').split('.');
      return {
        [`${KUBERNETES_VERSION_PACKAGE}.gitVersion`]: version,
        [`${KUBERNETES_VERSION_PACKAGE}.gitMajor`]: major,
        [`${KUBERNETES_VERSION_PACKAGE}.gitMinor`]: minor,
      };
    },
    usualSeconds: 300,
  },
  {
    folder: 'kwok',
    goModule: 'sigs.k8s.io/kwok',
    programs: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
    linkerVariables: () => ({}),
    data: {
      file: 'stages.yaml',
      sources: [
        'kustomize/stage/node/fast/node-initialize.yaml',
        'kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
        'kustomize/stage/pod/fast/pod-ready.yaml',
        'kustomize/stage/pod/fast/pod-complete.yaml',
        'kustomize/stage/pod/fast/pod-delete.yaml',
      ],
    },
    usualSeconds: 60,
  },
  {
    folder: 'helm',
    goModule: 'helm.sh/helm/v3',
    programs: { helm: 'helm.sh/helm/v3/cmd/helm' },
    linkerVariables: (version) => ({ 'helm.sh/helm/v3/internal/version.version': version }),
    usualSeconds: 160,
  },
  {
    folder: 'nats',
    goModule: 'github.com/nats-io/nats-server/v2',
    programs: { 'nats-server': 'github.com/nats-io/nats-server/v2' },
    linkerVariables: () => ({}),
    usualSeconds: 30,
  },
  {
    folder: 'ferretdb',
    goModule: 'github.com/FerretDB/FerretDB',
    programs: { ferretdb: '.' },
    linkerVariables: () => ({}),
    usualSeconds: 40,
  },
  {
    folder: 'compose',
    goModule: 'github.com/compose-spec/compose-go/v2',
    programs: { compose: '.' },
    linkerVariables: () => ({}),
    usualSeconds: 10,
  },
] as const satisfies readonly ToolModule[];

/** The version of `goModule` that the tool module requires, e.g. `v1.36.3`. */
export async function requiredVersion(toolsFolder: string, tool: ToolModule): Promise<string> {
  const goMod = await readFile(join(toolsFolder, tool.folder, 'go.mod'), 'utf8');
  for (const line of goMod.split('\n')) {
    const [path, version] = line
      .trim()
      .replace(/^require /, '')
      .split(' ');
    if (path === tool.goModule && version?.startsWith('v') === true) return version;
  }
  throw new Error(`tools/${tool.folder}/go.mod does not require ${tool.goModule}`);
}
