import { describe, expect, it, vi } from 'vitest';

import { ObservationBuffer } from './observation-buffer.ts';
import type { RawWatchEvent } from './watch-lines.ts';

function anEvent(name: string, type: RawWatchEvent['type'] = 'ADDED'): RawWatchEvent {
  return { type, namespace: 'default', name, line: Buffer.from('{}') };
}

describe('ObservationBuffer', () => {
  it('hands on the newest event of each object, and none from before a new list of its resource', async () => {
    const taken: string[] = [];
    const buffer = new ObservationBuffer({
      take: ({ type, name }, resource) => taken.push(`${resource} ${name} ${type}`),
      isBusy: () => false,
      bytesMax: 0,
    });
    buffer.add('configmaps', anEvent('one'));
    buffer.add('configmaps', anEvent('one', 'DELETED'));
    buffer.add('deployments.apps', anEvent('web'));
    buffer.drop('deployments.apps');
    buffer.add('deployments.apps', anEvent('api'));
    await vi.waitFor(() => expect(taken).toEqual(['configmaps one DELETED', 'deployments.apps api ADDED']));
    buffer.stop();
  });
});
