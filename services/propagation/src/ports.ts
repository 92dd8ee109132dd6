import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { MemberClient, MemberEndpoint } from '@flotilla/member/member-client';
import type { RenderOutcome } from '@flotilla/member/member-sync';

import type { ClusterRole } from './binding-plan.ts';
import type { Binding } from './binding-state.ts';

/** Opens access to a member; production: HTTP pools. */
export type ConnectMember = (endpoint: MemberEndpoint) => MemberClient;

/** The pure function from template, placement, overrides and cluster to a manifest. Work shared by all clusters is done once per template revision. */
export interface TemplateRenderer {
  render(
    template: KubeObject,
    binding: Binding,
    cluster: Cluster,
    role: ClusterRole & { kind: 'apply' },
  ): RenderOutcome;
  /** Changes whenever `render` could answer differently for this template and cluster because of override policies. */
  overridesVersion(template: KubeObject, cluster: Cluster): string;
}

export interface NamespaceRenderer {
  renderNamespace(namespace: KubeObject, cluster: Cluster): RenderOutcome;
  overridesVersion(template: KubeObject, cluster: Cluster): string;
}

/** One structured line about something that an operator may want to know. */
export interface Report {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

export type Reporter = (report: Report) => void;
