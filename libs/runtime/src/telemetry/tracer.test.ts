import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noTracer, spanFrom, traceHeaders } from './tracer.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

const hex = (digits: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'.split('')), { minLength: digits, maxLength: digits })
    .map((chars) => chars.join(''))
    .filter((text) => /[^0]/.test(text));

describe('trace headers', () => {
  it('bring a trace back as it was', () => {
    const contexts = fc.record({ traceId: hex(32), spanId: hex(16), isSampled: fc.boolean() });
    fc.assert(
      fc.property(contexts, (context) => {
        expect(spanFrom(traceHeaders({ context }))).toEqual(context);
      }),
    );
  });

  it.each([
    ['of the version there is', `00-${traceId}-${spanId}-01`, true],
    ['that is not sampled', `00-${traceId}-${spanId}-00`, false],
    ['with flags that nobody knows yet', `00-${traceId}-${spanId}-03`, true],
    ['of a later version with more parts', `01-${traceId}-${spanId}-01-more`, true],
  ])('are read %s', (_, traceparent, isSampled) => {
    expect(spanFrom({ traceparent })).toEqual({ traceId, spanId, isSampled });
  });

  it.each([
    ['are missing', {}],
    ['are empty', { traceparent: '' }],
    ['have capital digits', { traceparent: `00-${traceId.toUpperCase()}-${spanId}-01` }],
    ['have a trace of zeros', { traceparent: `00-${'0'.repeat(32)}-${spanId}-01` }],
    ['have a span of zeros', { traceparent: `00-${traceId}-${'0'.repeat(16)}-01` }],
    ['have the forbidden version', { traceparent: `ff-${traceId}-${spanId}-01` }],
    ['are too short', { traceparent: `00-${traceId}-${spanId}` }],
    ['are not of one', { traceparent: 'hello' }],
  ])('that %s are no trace', (_, headers: Readonly<Record<string, string>>) => {
    expect(spanFrom(headers)).toBeUndefined();
  });
});

describe('noTracer', () => {
  it('passes on the trace that others record', () => {
    const parent = { traceId, spanId, isSampled: true };
    expect(traceHeaders(noTracer.start('place', { kind: 'consumer', parent }))).toEqual({
      traceparent: `00-${traceId}-${spanId}-01`,
    });
  });

  it('begins none', () => {
    expect(traceHeaders(noTracer.start('place', { kind: 'internal' }))).toEqual({});
  });
});
