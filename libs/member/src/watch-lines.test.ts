import { describe, expect, it } from 'vitest';

import { parseEvent, readEventIdentity, splitLines } from './watch-lines.ts';

async function* chunksOf(text: string, size: number): AsyncIterable<Buffer> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
}

async function collect(lines: AsyncIterable<Buffer>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line.toString());
  return all;
}

describe('splitLines', () => {
  it.each([1, 2, 3, 7, 100])('finds the lines whatever the chunks of %i bytes', async (size) => {
    expect(await collect(splitLines(chunksOf('one\ntwo\n\nthree\n', size), 100))).toEqual(['one', 'two', 'three']);
  });

  it('refuses a line without end', async () => {
    await expect(collect(splitLines(chunksOf('x'.repeat(50), 10), 20))).rejects.toThrow('exceeds 20 bytes');
  });
});

describe('readEventIdentity', () => {
  it('reads the identity off a line as kube-apiserver writes it', () => {
    const line = Buffer.from(
      '{"type":"MODIFIED","object":{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"shop","uid":"1"},"spec":{}}}',
    );
    expect(readEventIdentity(line)).toEqual({ type: 'MODIFIED', namespace: 'shop', name: 'web', line });
  });

  it('parses where the order is unusual', () => {
    const line = Buffer.from(
      '{"object":{"metadata":{"labels":{"name":"x"},"namespace":"shop","name":"web"}},"type":"ADDED"}',
    );
    expect(readEventIdentity(line)).toMatchObject({ type: 'ADDED', namespace: 'shop', name: 'web' });
  });

  it('knows a cluster-scoped object', () => {
    const line = Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"node1","uid":"1"}}}');
    expect(readEventIdentity(line)).toMatchObject({ namespace: '', name: 'node1' });
  });

  it.each(['', 'garbage', '[]', '{"type":1,"object":{}}', 'null'])('ignores %j', (text) => {
    expect(readEventIdentity(Buffer.from(text))).toBeUndefined();
    expect(parseEvent(Buffer.from(text))).toBeUndefined();
  });
});
