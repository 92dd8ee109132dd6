/**
 * Names under which a template's copy in one cluster is known. All are functions of what they name: computing them again gives the same, so nothing is stored.
 */
import { hash } from 'node:crypto';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import { executionNamespace } from '@flotilla/kinds/karmada/well-known';

export interface WorkIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly permanentId: string;
}

const nameLengthMax = 253;

/** `<name>-<hash>`, where the hash is of group, kind, namespace and name: two kinds of one name do not collide. */
export function workName(template: KubeObject): string {
  const { name = '', namespace = '' } = template.metadata;
  const { group } = parseApiVersion(template.apiVersion);
  const suffix = `-${hash('sha256', `${group}/${template.kind}/${namespace}/${name}`, 'hex').slice(0, 10)}`;
  // Names of RBAC objects may hold colons and capitals, those of Works may not.
  const readable = name.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '.');
  return `${readable.slice(0, nameLengthMax - suffix.length)}${suffix}`;
}

/** The shape of a UUID (version 8: derived), from the binding's permanent id and the cluster. */
export function workPermanentId(bindingPermanentId: string, clusterName: string): string {
  const digest = hash('sha256', `${bindingPermanentId}/${clusterName}`, 'hex');
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

export function workIdentity(name: string, bindingPermanentId: string, clusterName: string): WorkIdentity {
  return {
    namespace: executionNamespace(clusterName),
    name,
    permanentId: workPermanentId(bindingPermanentId, clusterName),
  };
}
