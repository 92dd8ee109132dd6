import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';

export interface RoleReference {
  readonly kind: string;
  readonly name: string;
}

export interface BindingSubject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface IndexedBinding {
  readonly key: string;
  /** '' for ClusterRoleBindings. */
  readonly namespace: string;
  readonly name: string;
  readonly role: RoleReference;
  /** Whom it is for: `User "bob"`. */
  readonly subject: string;
}

/** RoleBindings and ClusterRoleBindings by subject. Work per change is proportional to that binding, not to how many there are. */
export class BindingIndex {
  readonly #bySubject = new Map<string, Map<string, IndexedBinding>>();
  readonly #subjectsOf = new Map<string, readonly string[]>();

  put(binding: StoredObject): void {
    this.remove(binding);
    const { object, namespace, name } = binding;
    const role = object['roleRef'] as RoleReference | undefined;
    if (role === undefined) return;
    const key = keyOf(binding);
    const subjects: string[] = [];
    for (const one of subjectsOf(object)) {
      const subject = subjectKey(one, namespace);
      const bindings = this.#bySubject.get(subject) ?? new Map<string, IndexedBinding>();
      this.#bySubject.set(subject, bindings);
      bindings.set(key, { key, namespace, name, role, subject: describeSubject(one, namespace) });
      subjects.push(subject);
    }
    this.#subjectsOf.set(key, subjects);
  }

  remove(binding: StoredObject): void {
    const key = keyOf(binding);
    for (const subject of this.#subjectsOf.get(key) ?? []) {
      const bindings = this.#bySubject.get(subject);
      bindings?.delete(key);
      if (bindings?.size === 0) this.#bySubject.delete(subject);
    }
    this.#subjectsOf.delete(key);
  }

  bindingsOf(userName: string, groups: readonly string[]): IndexedBinding[] {
    const found = [...(this.#bySubject.get(`User:${userName}`)?.values() ?? [])];
    for (const group of groups) found.push(...(this.#bySubject.get(`Group:${group}`)?.values() ?? []));
    return found;
  }
}

function keyOf({ namespace, name }: StoredObject): string {
  return `${namespace}/${name}`;
}

export function subjectsOf(binding: KubeObject): readonly BindingSubject[] {
  return (binding['subjects'] as readonly BindingSubject[] | undefined) ?? [];
}

function describeSubject({ kind, name, namespace }: BindingSubject, bindingNamespace: string): string {
  return `${kind} "${kind === 'ServiceAccount' ? `${name}/${namespace ?? bindingNamespace}` : name}"`;
}

/** Service accounts are users by another name. */
function subjectKey(subject: BindingSubject, bindingNamespace: string): string {
  return subject.kind === 'ServiceAccount'
    ? `User:system:serviceaccount:${subject.namespace ?? bindingNamespace}:${subject.name}`
    : `${subject.kind}:${subject.name}`;
}
