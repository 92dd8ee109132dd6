import type { Component, ReplicaRequirements } from '@flotilla/kinds/karmada/work';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { Fields } from './object-field.ts';

export interface ReplicaInterpretation {
  readonly replicas: number;
  /** Absent when a replica asks for nothing. */
  readonly requirements?: ReplicaRequirements;
}

export interface DependentObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly labelSelector?: Fields;
}

/** What one cluster reported; the shape of a binding's `status.aggregatedStatus[]`. */
export interface StatusItem {
  readonly clusterName: string;
  /** What `reflectStatus` returned for the member's object; absent while nothing was reported. */
  readonly status?: Fields | null;
}

export interface AggregationContext {
  /** Stamped on conditions that the aggregation makes; milliseconds since the epoch. */
  readonly nowMs: number;
}

/**
 * What is known about one kind. Every operation is a pure function that shares unchanged parts of its input with its output. An absent operation means that this layer does
 * not know it; the next layer is asked.
 */
export interface KindOperations {
  readonly getReplicas?: (template: KubeObject) => ReplicaInterpretation;
  readonly getComponents?: (template: KubeObject) => readonly Component[];
  readonly reviseReplica?: (template: KubeObject, replicas: number) => KubeObject;
  /** The desired object with what only the member may decide carried over from the observed one. */
  readonly retain?: (desired: KubeObject, observed: KubeObject) => KubeObject;
  /** The part of the member's status that is reported; `undefined` when there is none. */
  readonly reflectStatus?: (observed: KubeObject) => Fields | undefined;
  /** The template's status, from what the members reported. */
  readonly aggregateStatus?: (
    template: KubeObject,
    items: readonly StatusItem[],
    context: AggregationContext,
  ) => Fields;
  readonly isHealthy?: (observed: KubeObject) => boolean;
  readonly getDependencies?: (template: KubeObject) => readonly DependentObjectReference[];
}

export type Operation = keyof KindOperations;
