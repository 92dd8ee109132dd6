/** Typed forms of {@link KubeObject} for kinds that have a spec, and a status. */
import type { KubeObject } from '../kube-object.ts';

export interface ObjectWithSpec<Kind extends string, Spec> extends KubeObject {
  readonly kind: Kind;
  readonly spec: Spec;
}

export interface ObjectWithStatus<Kind extends string, Spec, Status> extends ObjectWithSpec<Kind, Spec> {
  readonly status?: Status;
}
