import type { Component, ReplicaRequirements } from '@flotilla/kinds/karmada/work';
import type { KubeObject } from '@flotilla/kinds/kube-object';

/** What the scheduler asks about a template. All functions are pure and may throw: the workload is then tried again later. */
export interface TemplateInterpreter {
  /** `undefined` for kinds without replicas. */
  getReplicas(
    template: KubeObject,
  ): { readonly replicas: number; readonly requirements?: ReplicaRequirements } | undefined;
  /** `undefined` for kinds that don't consist of several pod templates. */
  getComponents(template: KubeObject): readonly Component[] | undefined;
  /** What the template refers to, in its own namespace. */
  getDependencies(template: KubeObject): readonly Dependency[];
}

export interface Dependency {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly labelSelector?: unknown;
}

/** One structured line about something that an operator may want to know. */
export interface Report {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

export type Reporter = (report: Report) => void;

/** Precise availability from estimators inside clusters, when there are any. Cluster name → replicas, for clusters that answered. */
export type EstimateLookup = (templateKey: string) => ReadonlyMap<string, number> | undefined;
