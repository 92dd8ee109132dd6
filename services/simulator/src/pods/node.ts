import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';
import type { StatusCondition } from '../model/condition.ts';

export interface Node extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[]; readonly podCIDR?: string };
  readonly status?: {
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly capacity?: Readonly<Record<string, string>>;
    readonly conditions?: readonly StatusCondition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export function nodeOf(stored: StoredObject): Node {
  return stored.object as Node;
}

export function internalAddress(node: Node | undefined): string | undefined {
  return node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
}
