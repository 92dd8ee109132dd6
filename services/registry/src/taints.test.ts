import { describe, expect, it } from 'vitest';

import { taintsFor } from './taints.ts';

const own = { key: 'team', value: 'a', effect: 'NoExecute' } as const;
const notReady = { key: 'cluster.karmada.io/not-ready', effect: 'NoSchedule' } as const;
const unreachable = { key: 'cluster.karmada.io/unreachable', effect: 'NoSchedule' } as const;

describe('taintsFor', () => {
  it.each([
    ['a ready cluster without our taints keeps what it has', [own], 'True', [own]],
    ['a ready cluster loses our taints', [notReady, own, unreachable], 'True', [own]],
    ['a cluster that is not ready', [own], 'False', [own, notReady]],
    ['a cluster that nobody hears of', [own, notReady], 'Unknown', [own, unreachable]],
  ] as const)('%s', (_title, taints, ready, expected) => {
    expect(taintsFor(taints, ready)).toEqual(expected);
  });

  it('answers with the same array when nothing changes', () => {
    const taints = [own, notReady];
    expect(taintsFor(taints, 'False')).toBe(taints);
  });

  it('leaves a NoExecute taint of the same key to the administrator', () => {
    const byAdmin = { key: notReady.key, effect: 'NoExecute' } as const;
    expect(taintsFor([byAdmin], 'True')).toEqual([byAdmin]);
  });
});
