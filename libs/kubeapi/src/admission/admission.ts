import type { KindDefinition, MutableKubeObject, ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { UserInfo } from '../authentication/user.ts';

/** A write on its way to the store. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly user: UserInfo;
  readonly kind: KindDefinition;
  readonly resource: ResourceId;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The stored object; absent on create. Must not be changed. */
  readonly old?: KubeObject;
  readonly isDryRun: boolean;
}

/**
 * A say in writes. `mutate` may change the draft and runs before defaults of the strategy and validation; `validate` sees what would be stored.
 * Both refuse by throwing an ApiError. Plugins run in order, in one process, and must be quick; what may be slow returns a promise.
 */
export interface AdmissionPlugin {
  readonly name: string;
  mutate?(request: AdmissionRequest, draft: MutableKubeObject): void | Promise<void>;
  validate?(request: AdmissionRequest, object: KubeObject | undefined): void | Promise<void>;
}

/** Plugins with only synchronous work cost no turn of the event loop. */
export function runMutations(
  plugins: readonly AdmissionPlugin[],
  request: AdmissionRequest,
  draft: MutableKubeObject,
  from = 0,
): void | Promise<void> {
  for (let at = from; at < plugins.length; at += 1) {
    const pending = plugins[at]?.mutate?.(request, draft);
    if (pending !== undefined) return pending.then(() => runMutations(plugins, request, draft, at + 1));
  }
}

export function runValidations(
  plugins: readonly AdmissionPlugin[],
  request: AdmissionRequest,
  object: KubeObject | undefined,
  from = 0,
): void | Promise<void> {
  for (let at = from; at < plugins.length; at += 1) {
    const pending = plugins[at]?.validate?.(request, object);
    if (pending !== undefined) return pending.then(() => runValidations(plugins, request, object, at + 1));
  }
}
