import type { ServicePort, ServiceSpec } from '@flotilla/kinds/builtin/core/service-types';
import type { KubeObject } from '@flotilla/kinds/kube-object';

export interface Service extends KubeObject {
  readonly spec: ServiceSpec;
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly object[] } };
}

export type { ServicePort };
