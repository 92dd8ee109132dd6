import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';

import { logDirectoryOf } from '@flotilla/all-in-one/data-layout';
import type { Archive } from '@flotilla/archive/archive';
import type { ArchiveReport } from '@flotilla/archive/archive-report';
import { checkBackup } from '@flotilla/archive/restore-backup';
import { createVerifier } from '@flotilla/archive/verifier';
import { lockDirectory } from '@flotilla/log/directory-lock';
import type { EmbeddedLog } from '@flotilla/log/embedded-log';

import { CliError } from '../errors.ts';
import { withProgress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { holdsArchive, withArchive } from './data-archive.ts';
import { counted, damageOf, describeBackup } from './describe.ts';
import { listLogFiles, withLogCopy } from './log-copy.ts';

type Difference = Extract<ArchiveReport, { readonly kind: 'difference' }>;

export async function verifyBackup(terminal: Terminal, given: string): Promise<void> {
  const file = resolve(terminal.cwd, given);
  await access(file);
  const { manifest, trailer } = await withProgress(terminal, `reading ${given}`, () =>
    checkBackup(createReadStream(file)),
  );
  terminal.out(`${given} is sound: ${describeBackup(manifest, trailer)}\n`);
}

/** Holds the log's lock meanwhile. Changes nothing. */
export async function verifyDataDirectory(terminal: Terminal, given: string): Promise<void> {
  const dataDir = resolve(terminal.cwd, given);
  const directory = logDirectoryOf(dataDir);
  if ((await listLogFiles(directory)).length === 0) throw new CliError(`there is no log in ${directory}`);
  const lock = await lockDirectory(directory);
  try {
    const faults = await withProgress(terminal, 'reading the log', (progress) =>
      withLogCopy(directory, dataDir, async (log) => {
        terminal.out(`log      ${counted(log.recovery.liveEntries, 'object')} at revision ${log.recovery.head}\n`);
        const damage = [
          ...damageOf(log.recovery.cuts),
          ...log.recovery.damagedSnapshots.map((name) => `${name} is damaged; another one gives the same state`),
        ];
        if (!holdsArchive(dataDir)) {
          terminal.out('archive  there is none: only the checksums of the log were looked at\n');
          return damage;
        }
        progress.show('comparing log and archive');
        const isCut = damage.length > 0;
        const compared = await withArchive(dataDir, terminal.now, (archive) => compare(terminal, log, archive, isCut));
        return [...damage, ...compared];
      }),
    );
    if (faults.length > 0) throw new CliError(`${counted(faults.length, 'fault')} in ${given}`, { details: faults });
    terminal.out('no difference\n');
  } finally {
    await lock.release();
  }
}

/** A log that was cut numbers on above what it lost: that nothing has come after that is for certain, and the archive is all there is to compare with. */
function asIfCurrent(archive: Archive, log: EmbeddedLog): Archive {
  return { ...archive, head: async () => Math.max(await archive.head(), await log.head()) };
}

async function compare(
  terminal: Terminal,
  log: EmbeddedLog,
  archive: Archive,
  isCut: boolean,
): Promise<readonly string[]> {
  const [logHead, archiveHead] = [await log.head(), await archive.head()];
  const behind = logHead - archiveHead;
  terminal.out(
    `archive  up to revision ${archiveHead}${behind > 0 ? `, ${counted(behind, 'revision')} behind` : ''}\n`,
  );
  const differences: Difference[] = [];
  const verifier = createVerifier(
    {
      log,
      archive: isCut ? asIfCurrent(archive, log) : archive,
      now: terminal.now,
      // Neither side moves: nothing is to be waited for.
      sleep: () => new Promise((resume) => void setImmediate(resume)),
      report: (event) => {
        if (event.kind === 'difference') differences.push(event);
      },
    },
    { isRepairing: false },
  );
  const { subjects, unsettled } = await verifier.pass(terminal.signal);
  terminal.out(`compared ${counted(subjects, 'object')}\n`);
  if (unsettled > 0)
    terminal.out(`         ${counted(unsettled, 'object')} changed since the archive's end: not compared\n`);
  return [
    ...(behind < 0 ? [`the log ends ${counted(-behind, 'revision')} before the archive: restore it from there`] : []),
    ...differences.map(({ difference, subject, revision }) => `${subject} at revision ${revision}: ${difference}`),
  ];
}
