import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { archiveDirectoryOf } from '@flotilla/all-in-one/data-layout';
import { createArchive, type Archive } from '@flotilla/archive/archive';
import { createEmbeddedStore } from '@flotilla/archive/embedded-store';

export function holdsArchive(dataDir: string): boolean {
  return existsSync(join(archiveDirectoryOf(dataDir), 'archive.db'));
}

/** Opens the archive of a data directory, which must be there; a running platform may have it open, too. Throws ArchiveUnavailable. */
export async function withArchive<Result>(
  dataDir: string,
  now: () => number,
  work: (archive: Archive) => Promise<Result>,
): Promise<Result> {
  const store = await createEmbeddedStore({ directory: archiveDirectoryOf(dataDir) });
  try {
    return await work(createArchive({ store, now }));
  } finally {
    await store.close();
  }
}
