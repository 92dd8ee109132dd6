import type { KubeObject } from '@flotilla/kinds/kube-object';

export interface Counters {
  readonly [field: string]: unknown;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
}

export function statusOf(object: KubeObject | undefined): Counters {
  return (object?.['status'] ?? {}) as Counters;
}

export function has(object: KubeObject | undefined, type: string): boolean {
  return statusOf(object).conditions?.some((one) => one.type === type && one.status === 'True') === true;
}

export function template(app: string, image = 'nginx:1', annotations?: object): object {
  return {
    metadata: { labels: { app }, ...(annotations && { annotations }) },
    spec: { containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
  };
}

export function deployment(name: string, replicas: number, extra: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name), ...extra },
  };
}
