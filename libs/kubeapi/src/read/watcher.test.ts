import { describe, expect, it } from 'vitest';
import type { StoredObject } from '@flotilla/store/object-store';
import type { ResponseStream } from '../http/exchange.ts';
import type { Status } from '../errors/status.ts';
import type { WatchEvent } from './watch-event.ts';
import { Watcher } from './watcher.ts';

function event(revision: number): WatchEvent {
  const bytes = Buffer.from(`${revision} `);
  const stored: StoredObject = {
    resource: { group: '', resource: 'configmaps' },
    namespace: 'a',
    name: `n${revision}`,
    revision,
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
    bytes,
    servedBytes: () => bytes,
    timeMs: 0,
  };
  return { type: 'ADDED', stored };
}

/** A client that reads only when told to. */
function slowClient(bufferEvents: number) {
  let drain: () => void = () => undefined;
  let hasRoom = true;
  const state = { written: '', isTooSlow: false, isEnded: false };
  const stream: ResponseStream = {
    write(chunk) {
      state.written += Buffer.from(chunk).toString();
      return hasRoom;
    },
    onDrain(listener) {
      drain = listener;
    },
    end(chunk) {
      if (chunk !== undefined) state.written += Buffer.from(chunk).toString();
    },
    isClosed: false,
    sink: process.stdout,
  };
  const watcher = new Watcher({
    stream,
    bufferEvents,
    sendsBookmarks: true,
    encoder: {
      encode: ({ stored }) => stored.bytes,
      bookmark: (revision, isEnd) => Buffer.from(isEnd ? `end@${revision} ` : `@${revision} `),
      error: (status: Status) => Buffer.from(`error ${status.code ?? 0}`),
    },
    onTooSlow: () => (state.isTooSlow = true),
    onEnd: () => (state.isEnded = true),
  });
  return {
    state,
    watcher,
    block: () => (hasRoom = false),
    resume: () => {
      hasRoom = true;
      drain();
    },
  };
}

describe('a watcher', () => {
  it('keeps the order over pauses of the client', () => {
    const { state, watcher, block, resume } = slowClient(10);
    watcher.start([event(1), event(2)], 2, true);
    block();
    watcher.push([event(3)], 3);
    watcher.push([event(4)], 4);
    expect(state.written).toBe('1 2 end@2 3 ');
    resume();
    expect(state.written).toBe('1 2 end@2 3 4 ');
  });

  it('sends no bookmark past what still waits', () => {
    const { state, watcher, block, resume } = slowClient(10);
    block();
    watcher.push([event(1)], 1);
    watcher.push([event(2)], 2);
    watcher.bookmark(2);
    resume();
    watcher.bookmark(5);
    expect(state.written).toBe('1 2 @5 ');
  });

  it('tells a client that falls too far behind to list again', () => {
    const { state, watcher, block } = slowClient(3);
    block();
    for (let revision = 1; revision <= 6; revision += 1) watcher.push([event(revision)], revision);
    expect(state).toMatchObject({ written: '1 error 410', isTooSlow: true, isEnded: true });
  });
});
