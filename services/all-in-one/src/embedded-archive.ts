/** The archive beside the embedded log, in the same process. */
import { setTimeout as delay } from 'node:timers/promises';

import { createArchive } from '@flotilla/archive/archive';
import { createEmbeddedStore } from '@flotilla/archive/embedded-store';
import type { ValueCodec } from '@flotilla/archive/entry-records';
import { reportEnd } from '@flotilla/archiver/report-archive';
import { createArchiverService } from '@flotilla/archiver/service';
import type { Partitions } from '@flotilla/lease/partitions';
import type { EventLog } from '@flotilla/log/event-log';
import type { Report } from '@flotilla/runtime/logger';
import { noMetrics } from '@flotilla/runtime/telemetry/metrics';

export interface EmbeddedArchiveDeps {
  /** As it is stored: what is sealed goes sealed into the archive. */
  readonly log: EventLog;
  readonly codec: ValueCodec;
  readonly partitions: Partitions;
  readonly report: (report: Report) => void;
}

/** Archives until it's stopped. An archive that can't be opened is reported and left out: the platform doesn't depend on it. */
export async function startEmbeddedArchive(
  deps: EmbeddedArchiveDeps,
  { directory }: { readonly directory: string },
): Promise<{ stop(): Promise<void> }> {
  try {
    const store = await createEmbeddedStore({ directory });
    const service = createArchiverService({
      ...deps,
      archive: createArchive({ store, now: Date.now }),
      now: Date.now,
      sleep: (ms, signal) => delay(ms, undefined, { signal }),
      metrics: noMetrics,
    });
    service.start();
    return {
      async stop() {
        await service.stop();
        await store.close();
      },
    };
  } catch (error) {
    deps.report(reportEnd('opening the archive', error));
    return { stop: () => Promise.resolve() };
  }
}
