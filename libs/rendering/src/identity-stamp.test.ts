import type { ObjectMeta } from '@flotilla/kinds/kube-object';
import { describe, expect, it } from 'vitest';

import { released, stampMetadata, stampOf, stampWork, withoutStamp } from './identity-stamp.ts';
import type { BindingIdentity } from './identity-stamp.ts';
import { aDeployment } from './testing/objects.ts';

const bindings: readonly BindingIdentity[] = [
  { kind: 'ResourceBinding', namespace: 'shop', name: 'web-deployment', permanentId: 'id-1' },
  { kind: 'ClusterResourceBinding', namespace: '', name: 'web-deployment', permanentId: 'id-2' },
];

function stamped(metadata: ObjectMeta, binding: BindingIdentity): ObjectMeta {
  const template = { ...aDeployment(), metadata: { ...metadata, uid: 'u1', generation: 3 } };
  const common = stampMetadata(metadata, stampOf(template, binding, { name: 'web-work' }));
  return stampWork(common, { namespace: 'karmada-es-m1', name: 'web-work', permanentId: 'w1' });
}

describe('the identity stamp', () => {
  const own: ObjectMeta = { name: 'web', labels: { app: 'web' }, annotations: { note: 'mine' } };

  it.each(bindings)('comes off without a trace (of a $kind)', (binding) => {
    const metadata = stamped(own, binding);
    expect(Object.keys(metadata.annotations ?? {}).length).toBeGreaterThan(5);
    expect(withoutStamp(metadata)).toEqual(own);
    expect(released({ ...aDeployment(), metadata }).metadata).toEqual(own);
  });

  it('takes the conflict resolution along when an object is released, and leaves it to a template', () => {
    const annotations = { note: 'mine', 'work.karmada.io/conflict-resolution': 'overwrite' };
    expect(withoutStamp({ ...own, annotations }).annotations).toBe(annotations);
    expect(released({ ...aDeployment(), metadata: { ...own, annotations } }).metadata).toEqual(own);
  });
});
