import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { LogUnavailable, type EventLog } from '@flotilla/log/event-log';
import { expect, it, onTestFinished } from 'vitest';
import { createObjectStore } from './create-object-store.ts';

const resource = { group: '', resource: 'configmaps' };
const write = (value: string, expected: number) => ({
  resource,
  namespace: 'shop',
  name: 'a',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop' }, data: { value } },
  expect: expected,
});

async function aWorld() {
  const end = new AbortController();
  const log = await createEmbeddedLog();
  onTestFinished(async () => {
    end.abort();
    await log.close();
  });
  const open = (on: EventLog) => createObjectStore({ log: on, signal: end.signal });
  return { log, open };
}

it('who lost a race against another process finds what won when told of it', async () => {
  const { log, open } = await aWorld();
  const [ours, theirs] = [await open(log), await open(log)];
  const winning = theirs.commit([write('theirs', 0)]);
  const lost = await ours.commit([write('ours', 0)]);
  await winning;
  expect(lost).toMatchObject({ kind: 'conflict' });
  expect(ours.get(resource, 'shop', 'a')?.object['data']).toEqual({ value: 'theirs' });
});

it('a log that cannot be reached for a while does not end the cache', async () => {
  const { log, open } = await aWorld();
  let reads = 0;
  const failing: EventLog = {
    ...log,
    append: (entries) => log.append(entries),
    latest: (subjects) => log.latest(subjects),
    head: () => log.head(),
    firstReadable: () => log.firstReadable(),
    close: () => log.close(),
    read(options) {
      reads += 1;
      if (reads === 1) throw new LogUnavailable('Unreachable', 'away');
      return log.read(options);
    },
  };
  const store = await open(failing);
  const result = await store.commit([write('x', 0)]);
  expect([result.kind, reads]).toEqual(['committed', 2]);
});
