import { headers as newHeaders, type Msg } from '@nats-io/nats-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeMessage, encodeHeaders, readDelivery } from './stored-message.ts';

const value = Buffer.from('x');

describe('an entry as a message', () => {
  it('comes back as it was, whatever its headers hold', () => {
    const headers = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
    const expectation = fc.option(fc.nat(), { nil: undefined });
    fc.assert(
      fc.property(headers, fc.boolean(), fc.nat(9), expectation, (portHeaders, deleted, index, expectSequence) => {
        const subjects = Array.from({ length: 10 }, (_, at) => `p.${at}`);
        const encoded = encodeHeaders(
          { subject: `${index}`, value, deleted, headers: portHeaders },
          { appendId: 'id', timeMs: 17, index, subjects, expectSequence },
        );
        for (const [, [line = '']] of encoded) expect(line).toMatch(/^[ -~]*$/);
        const decoded = decodeMessage({ subject: `p.${index}`, data: value, headers: encoded }, 100 + index, 0);
        expect(decoded).toMatchObject({ appendId: 'id', timeMs: 17, deleted, appendStart: 100, appendEnd: 109 });
        expect({ ...decoded.headers }).toStrictEqual({ ...portHeaders });
        expect(decoded.rest).toStrictEqual(subjects.slice(index + 1));
        expect(decoded.replaced).toBe(expectSequence);
      }),
    );
  });

  it('does not list the rest of a long append', () => {
    const subjects = Array.from({ length: 100 }, (_, at) => `p.${at}`);
    const at = (index: number) =>
      decodeMessage(
        {
          subject: '',
          data: value,
          headers: encodeHeaders(
            { subject: '', value },
            { appendId: 'id', timeMs: 0, index, subjects, expectSequence: 0 },
          ),
        },
        index + 1,
        0,
      ).rest;
    expect(at(0)).toBeUndefined();
    expect(at(98)).toStrictEqual(['p.99']);
    expect(at(99)).toStrictEqual([]);
  });

  it.each([
    { name: 'without headers', headers: undefined },
    { name: 'with headers of another program', headers: { 'X-Other': '1' } },
    { name: 'with a header of ours that makes no sense', headers: { 'Flotilla-Entry': 'nonsense' } },
  ])('of somebody else, $name, is an entry of its own', ({ headers }) => {
    const hdrs = headers === undefined ? undefined : newHeaders();
    for (const [name, text] of Object.entries(headers ?? {})) hdrs?.set(name, text);
    expect(decodeMessage({ subject: 'p.a', data: value, headers: hdrs }, 5, 99)).toMatchObject({
      appendStart: 5,
      appendEnd: 5,
      deleted: false,
      timeMs: 99,
    });
  });
});

describe('the reply address of a delivery', () => {
  it.each([
    { name: 'of nine tokens', reply: '$JS.ACK.stream.consumer.1.22.3.1700000000000000000.4' },
    { name: 'with a domain', reply: '$JS.ACK.domain.hash.stream.consumer.1.22.3.1700000000000000000.4' },
    { name: 'with a domain and a token', reply: '$JS.ACK._.hash.stream.consumer.1.22.3.1700000000000000000.4.token' },
  ])('$name says where the message stands', ({ reply }) => {
    expect(readDelivery({ reply } as Msg)).toStrictEqual({
      streamSequence: 22,
      consumerSequence: 3,
      storedAtMs: 1_700_000_000_000,
    });
  });

  it.each(['', '_INBOX.1', '$JS.ACK.short'])('that is "%s" is none', (reply) => {
    expect(readDelivery({ reply } as Msg)).toBeUndefined();
  });
});
