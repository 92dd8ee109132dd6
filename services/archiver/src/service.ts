/**
 * Keeps an archive of the log: follows it, compares the two and mends what differs, drops what is older than it's kept, folds usage. All of that is one piece of work, done by the replica that has
 * the lease. Neither the log nor anybody who writes to it waits for any of it.
 */
import type { ArchiveReport } from '@flotilla/archive/archive-report';
import { ArchiveUnavailable } from '@flotilla/archive/archive-store';
import type { Archive } from '@flotilla/archive/archive';
import { createArchiver, type Archiver } from '@flotilla/archive/archiver';
import type { ValueCodec } from '@flotilla/archive/entry-records';
import { sweepArchive } from '@flotilla/archive/retention';
import { createVerifier } from '@flotilla/archive/verifier';
import type { Partitions } from '@flotilla/lease/partitions';
import type { EventLog } from '@flotilla/log/event-log';
import type { Report } from '@flotilla/runtime/logger';
import type { Metrics } from '@flotilla/runtime/telemetry/metrics';

import { reportEnd, reportOf } from './report-archive.ts';

export interface ArchiverServiceDeps {
  /** The log as it is stored: what is sealed goes sealed into the archive. */
  readonly log: EventLog;
  readonly archive: Archive;
  /** Opens sealed values for what is indexed beside them. */
  readonly codec?: ValueCodec;
  /** One partition. */
  readonly partitions: Pick<Partitions, 'onChange'>;
  readonly now: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly metrics: Metrics;
  readonly report: (report: Report) => void;
}

export interface ArchiverServiceOptions {
  /** Objects compared in a second (default 1,000). */
  readonly verifyRate?: number;
  /** Rest between two comparisons of everything (default 10 min). */
  readonly verifyPauseMs?: number;
  /** False: differences are reported, not mended (default true). */
  readonly isRepairing?: boolean;
  /** Time between two sweeps (default 1 h). */
  readonly sweepIntervalMs?: number;
}

export interface ArchiverService {
  start(): void;
  /** Gives the archiver a moment to take what is in the log, then ends. Never rejects. */
  stop(): Promise<void>;
}

const foldIntervalMs = 5 * 60_000;
const measureIntervalMs = 5_000;
/** What ended isn't begun again sooner: what may pass is retried within the parts themselves. */
const restartDelayMs = 30_000;
const catchUpMaxMs = 2_000;
const pollMs = 50;

export function createArchiverService(
  deps: ArchiverServiceDeps,
  options: ArchiverServiceOptions = {},
): ArchiverService {
  const { log, archive, partitions, now, sleep, report } = deps;
  const { sweepIntervalMs = 60 * 60_000 } = options;
  const metrics = createArchiveMetrics(deps.metrics, () => running?.archiver);
  let running:
    { readonly end: AbortController; readonly archiver: Archiver; readonly done: Promise<unknown> } | undefined;
  let unsubscribe = (): void => undefined;

  function tell(event: ArchiveReport): void {
    metrics.count(event);
    report(reportOf(event));
  }

  /** Begins a part again whenever it ends, until the signal aborts. Resolves then. */
  async function keepUp(part: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (!signal.aborted) report(reportEnd(part, error));
      }
      await pause(restartDelayMs, signal);
    }
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async function verify(archiver: Archiver, signal: AbortSignal): Promise<void> {
    // Before that, everything would differ.
    while (archiver.status().phase !== 'current') {
      await pause(measureIntervalMs, signal);
      if (signal.aborted) return;
    }
    const { verifyRate, verifyPauseMs, isRepairing } = options;
    const verifier = createVerifier(
      { ...deps, report: tell },
      {
        ...(verifyRate !== undefined && { subjectsPerSecond: verifyRate }),
        ...(verifyPauseMs !== undefined && { pauseMs: verifyPauseMs }),
        ...(isRepairing !== undefined && { isRepairing }),
      },
    );
    await verifier.run(signal);
  }

  /** Runs `work` at once and every `intervalMs`. That the database is away the archiver tells already. */
  async function every(intervalMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof ArchiveUnavailable) || !error.mayPass) throw error;
      }
      await pause(intervalMs, signal);
    }
  }

  async function sweep(signal: AbortSignal): Promise<void> {
    const { revisions, others } = await sweepArchive(archive, now(), signal);
    if (revisions + others > 0) {
      report({ level: 'info', message: 'what was kept long enough is gone', fields: { revisions, others } });
    }
  }

  function begin(): void {
    const end = new AbortController();
    const { signal } = end;
    const archiver = createArchiver({ ...deps, report: tell });
    const done = Promise.all([
      keepUp('archiving', signal, () => archiver.run(signal)),
      keepUp('comparing', signal, () => verify(archiver, signal)),
      keepUp('sweeping', signal, () => every(sweepIntervalMs, signal, () => sweep(signal))),
      keepUp('folding usage', signal, () =>
        every(foldIntervalMs, signal, async () => {
          await archive.usage.fold(now());
        }),
      ),
      keepUp('measuring', signal, () =>
        every(measureIntervalMs, signal, async () => metrics.lag(await archiver.lagRevisions())),
      ),
    ]);
    running = { end, archiver, done };
  }

  async function finish(): Promise<void> {
    const ending = running;
    running = undefined;
    ending?.end.abort(new Error('the archiver ends'));
    await ending?.done;
  }

  async function catchUp(): Promise<void> {
    const { archiver, end } = running ?? {};
    if (archiver?.status().phase !== 'current' || end === undefined) return;
    try {
      const goal = await log.head();
      for (let waitedMs = 0; waitedMs < catchUpMaxMs && archiver.status().head < goal; waitedMs += pollMs) {
        await pause(pollMs, end.signal);
      }
    } catch (error) {
      report(reportEnd('catching up before the end', error));
    }
  }

  return {
    start() {
      unsubscribe = partitions.onChange(async ({ gained, lost }) => {
        if (lost.length > 0) await finish();
        if (gained.length > 0 && running === undefined) begin();
      });
    },
    async stop() {
      unsubscribe();
      await catchUp();
      await finish();
    },
  };
}

interface ArchiveMetrics {
  count(event: ArchiveReport): void;
  lag(revisions: number): void;
}

function createArchiveMetrics(metrics: Metrics, archiver: () => Archiver | undefined): ArchiveMetrics {
  const lag = metrics.gauge({
    name: 'flotilla_archive_lag_revisions',
    help: 'Revisions in the log that are not archived.',
  });
  const differences = metrics.counter({
    name: 'flotilla_archive_differences_total',
    help: 'Differences found between log and archive, and what became of them.',
    labels: ['difference', 'repair'],
  });
  const compared = metrics.counter({ name: 'flotilla_archive_compared_total', help: 'Objects compared with the log.' });
  const gaps = metrics.counter({ name: 'flotilla_archive_gaps_total', help: 'Stretches of history that nobody saw.' });
  metrics.observedGauge(
    {
      name: 'flotilla_archive_delay_seconds',
      help: 'Age of the oldest entry that is being archived; 0 when there is none.',
    },
    () => (archiver()?.status().lagMs ?? 0) / 1_000,
  );
  metrics.observedGauge(
    {
      name: 'flotilla_archive_database_up',
      help: 'Whether the database took the last write; 1 also where another replica archives.',
    },
    () => (archiver()?.status().phase === 'unavailable' ? 0 : 1),
  );
  return {
    lag: (revisions) => lag.set({}, revisions),
    count(event) {
      if (event.kind === 'difference') differences.add({ difference: event.difference, repair: event.repair });
      else if (event.kind === 'verified') compared.add({}, event.subjects);
      else if (event.kind === 'gap-recorded' && event.level === 'error') gaps.add({});
    },
  };
}
