import { JetStreamApiError } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';

import { isPassing } from './server-answer.ts';

describe('an error of the JetStream API', () => {
  it.each([
    [10_008, 'JetStream system temporarily unavailable', true],
    [10_009, 'not leader', true],
    [10_118, 'stream is offline', true],
    [10_049, 'error creating store for stream', true],
    [10_049, 'stream subjects can not overlap', false],
    [10_052, 'invalid stream configuration', false],
    [10_074, 'replicas > 1 not supported in non-clustered mode', false],
  ])('%i "%s" may be over in a moment: %s', (errorCode, description, isOver) => {
    expect(isPassing(new JetStreamApiError({ code: 500, err_code: errorCode, description }))).toBe(isOver);
  });
});
