import { MemoryMember } from '@flotilla/member/testing/memory-member';
import { describe, expect, it } from 'vitest';

import { readClusterId } from './member-facts.ts';

const kubeSystem = '/api/v1/namespaces/kube-system';
const propertyPath = (version: string): string =>
  `/apis/about.k8s.io/${version}/clusterproperties/cluster.clusterset.k8s.io`;

function aMember(): MemoryMember {
  const member = new MemoryMember();
  member.put(kubeSystem, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } });
  return member;
}

function putProperty(member: MemoryMember, version: string, value: unknown): void {
  member.put(propertyPath(version), {
    apiVersion: `about.k8s.io/${version}`,
    kind: 'ClusterProperty',
    metadata: { name: 'cluster.clusterset.k8s.io' },
    spec: { value },
  });
}

describe('readClusterId', () => {
  const { signal } = new AbortController();

  it.each(['v1alpha1', 'v1beta1'])(
    'takes the property of the cluster set, where there is one (%s)',
    async (version) => {
      const member = aMember();
      putProperty(member, version, 'c-17');
      expect(await readClusterId(member, signal)).toBe('c-17');
    },
  );

  it.each([
    ['there is none', () => undefined],
    ['it is empty', (member: MemoryMember) => putProperty(member, 'v1beta1', '')],
    ['it is no text', (member: MemoryMember) => putProperty(member, 'v1beta1', 7)],
    [
      'it may not be read',
      (member: MemoryMember) => {
        const response = { status: 403, body: '{}' };
        member.answers.push({ match: /v1beta1/, response }, { match: /v1alpha1/, response });
      },
    ],
  ])('else the uid of namespace kube-system: %s', async (_case, prepare) => {
    const member = aMember();
    prepare(member);
    expect(await readClusterId(member, signal)).toBe(member.get(kubeSystem)?.metadata.uid);
  });

  it.each([
    ['does not answer', (member: MemoryMember) => void (member.isDown = true)],
    [
      'fails to look the property up',
      (member: MemoryMember) =>
        void member.answers.push({ match: /v1beta1/, response: { status: 503, body: 'starting' } }),
    ],
  ])('says nothing while the member %s', async (_case, prepare) => {
    const member = aMember();
    prepare(member);
    expect(await readClusterId(member, signal)).toBeUndefined();
  });
});
