import type { RecoveryCut } from '@flotilla/log/log-report';
import { expect, it } from 'vitest';

import { recoveryNotice } from './recovery-notice.ts';

function aCut(fields: Partial<RecoveryCut>): RecoveryCut {
  return {
    file: 'segment-0.log',
    offset: 200,
    bytes: 90,
    cause: 'damaged',
    revisionsCut: 6,
    revisionsUnreadable: 2,
    copy: 'segment-0.log.corrupt-1',
    ...fields,
  };
}

function notice(...cuts: readonly RecoveryCut[]): readonly string[] {
  return recoveryNotice({ head: 9, liveEntries: 3, firstReadable: 0, damagedSnapshots: [], cuts }, 'data/log');
}

it.each([
  ['nothing was cut', []],
  ['a write was not finished, which nobody was told to be stored', [aCut({ cause: 'torn', revisionsCut: 0 })]],
])('says nothing when %s', (_, cuts) => {
  expect(notice(...cuts)).toEqual([]);
});

it('says how much is lost, where the damage and the copy are, and what to do', () => {
  const lines = notice(
    aCut({}),
    aCut({ file: 'segment-9.log', cause: 'unreachable', copy: 'segment-9.log.corrupt-1' }),
  );
  expect(lines.slice(0, 5)).toEqual([
    'Stored state was damaged: the newest 12 changes cannot be used and are undone.',
    '  damage  data/log/segment-0.log: 90 bytes from byte 200 on',
    '  damage  data/log/segment-9.log: 90 bytes that follow the damage',
    '  copy    data/log/segment-0.log.corrupt-1 (what was cut out; nothing was thrown away)',
    '  copy    data/log/segment-9.log.corrupt-1 (what was cut out; nothing was thrown away)',
  ]);
  expect(lines.join('\n')).toContain('apply your manifests again');
});

it('names a file that is missing, of which there is no copy', () => {
  const lines = notice(aCut({ cause: 'missing', copy: undefined, bytes: 0, revisionsCut: 0 }));
  expect(lines.slice(0, 2)).toEqual([
    'Stored state was damaged: the newest changes cannot be used and are undone.',
    '  damage  data/log/segment-0.log: the file is missing',
  ]);
  expect(lines.join('\n')).not.toContain('copy ');
});
