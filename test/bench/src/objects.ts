/** A Deployment as a user writes it. */
export function deployment(namespace: string, name: string, replicas: number): DeploymentManifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, labels: { app: name, tier: 'bench' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, tier: 'bench' } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'nginx:1.27',
              ports: [{ containerPort: 80 }],
              env: [{ name: 'MODE', value: 'production' }],
              resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
            },
          ],
        },
      },
    },
  };
}

export interface DeploymentManifest {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'Deployment';
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly replicas: number } & Readonly<Record<string, unknown>>;
}

const PERMANENT_ID = '6f1c6c1e-2f0a-4d5e-9a55-0f6d1c2b3a49';

/** The same Deployment as it arrives in a member: with the marks of who manages it and where it comes from. */
export function renderedDeployment(namespace: string, name: string, replicas: number): DeploymentManifest {
  const manifest = deployment(namespace, name, replicas);
  const bindingName = `${name}-deployment`;
  return {
    ...manifest,
    metadata: {
      ...manifest.metadata,
      labels: {
        ...manifest.metadata.labels,
        'karmada.io/managed': 'true',
        'propagationpolicy.karmada.io/permanent-id': PERMANENT_ID,
        'work.karmada.io/permanent-id': PERMANENT_ID,
      },
      annotations: {
        'propagationpolicy.karmada.io/namespace': namespace,
        'propagationpolicy.karmada.io/name': 'bench',
        'resourcebinding.karmada.io/namespace': namespace,
        'resourcebinding.karmada.io/name': bindingName,
        'resourcetemplate.karmada.io/uid': PERMANENT_ID,
        'resourcetemplate.karmada.io/generation': '1',
        'work.karmada.io/namespace': namespace,
        'work.karmada.io/name': bindingName,
      },
    },
  };
}

const CONFIG_MAP_BYTES = 2048;

/** A ConfigMap whose JSON has 2 KiB. */
export function configMap(namespace: string, name: string): unknown {
  const build = (padding: number): unknown => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, labels: { tier: 'bench' } },
    data: { payload: 'x'.repeat(padding) },
  });
  return build(CONFIG_MAP_BYTES - JSON.stringify(build(0)).length);
}

export function numberedName(prefix: string, index: number): string {
  return `${prefix}-${String(index).padStart(5, '0')}`;
}

/** Divides the Deployments of its namespace by static weights, one weight a cluster. */
export function weightedPolicy(namespace: string, weights: Readonly<Record<string, number>>): unknown {
  return {
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind: 'PropagationPolicy',
    metadata: { namespace, name: 'bench' },
    spec: {
      resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],
      placement: {
        clusterAffinity: { clusterNames: Object.keys(weights) },
        replicaScheduling: {
          replicaSchedulingType: 'Divided',
          replicaDivisionPreference: 'Weighted',
          weightPreference: {
            staticWeightList: Object.entries(weights).map(([cluster, weight]) => ({
              targetCluster: { clusterNames: [cluster] },
              weight,
            })),
          },
        },
      },
    },
  };
}
