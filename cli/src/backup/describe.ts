/** Backups and damage in words. */
import type { BackupManifest, BackupTrailer } from '@flotilla/archive/backup-file';
import type { RecoveryCut } from '@flotilla/log/log-report';

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / (1024 * 1024)).toFixed(1)} MiB`;
}

export function describeBackup(manifest: BackupManifest, { entries, bytes, head }: BackupTrailer): string {
  const when = new Date(manifest.createdMs).toISOString();
  return `${counted(entries, 'object')} (${mebibytes(bytes)}) at revision ${head}, made ${when} from the ${manifest.source}`;
}

/** What can be told apart from the end of a write that never finished. */
export function damageOf(cuts: readonly RecoveryCut[]): readonly string[] {
  return cuts
    .filter(({ cause }) => cause !== 'torn')
    .map(({ file, offset, cause, revisionsCut }) => {
      const lost = revisionsCut === 0 ? '' : `; ${counted(revisionsCut, 'revision')} lost`;
      return cause === 'missing' ? `${file} is missing${lost}` : `${file} is ${cause} from byte ${offset} on${lost}`;
    });
}
