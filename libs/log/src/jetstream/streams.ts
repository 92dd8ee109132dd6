import { setTimeout as delay } from 'node:timers/promises';

import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';

import { LogUnavailable, type Revision } from '../event-log.ts';
import { readFloor, writeFloor, type FloorPlace } from './history-floor.ts';
import type { NatsLink } from './nats-link.ts';
import { NatsUnsupported } from './server-check.ts';
import { errorFromNats, isPassing } from './server-answer.ts';

const nanosPerMs = 1_000_000;
const duplicateWindowMs = 120_000;

/** A stream that this platform keeps in NATS. Limits of 0 mean: none. */
export interface StreamSpec {
  /** Letters, digits, `-` and `_`. */
  readonly name: string;
  /** Put before every subject, so that several platforms can share one NATS; one token, for instance `flotilla`. */
  readonly prefix: string;
  /** Subject patterns without the prefix. */
  readonly subjects: readonly string[];
  /**
   * `state`: nothing is ever dropped but by the log's own compaction, and a full stream refuses appends. `window`: the oldest go, by age and size.
   */
  readonly retention: 'state' | 'window';
  readonly storage: 'file' | 'memory';
  /** 1, 3 or 5 servers. */
  readonly replicas: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly compression: 'none' | 's2';
  /** Revisions begin here: a log that was rebuilt from elsewhere never gives a revision twice. Only for a stream that doesn't exist yet. */
  readonly firstRevision?: Revision;
}

type Sizing = Partial<Pick<StreamSpec, 'replicas' | 'maxBytes' | 'maxAgeMs' | 'compression' | 'firstRevision'>>;

const defaults = { prefix: 'flotilla', storage: 'file', replicas: 1, compression: 'none', maxAgeMs: 0 } as const;

/** Objects: the state of the platform. */
export function stateStream(sizing: Sizing = {}): StreamSpec {
  return { ...defaults, name: 'flotilla-state', subjects: ['state.>'], retention: 'state', maxBytes: 0, ...sizing };
}

/** Leases: small, renewed all the time; on their own, so that they don't push objects out of the history. */
export function leaseStream(sizing: Sizing = {}): StreamSpec {
  const maxBytes = 256 * 1024 * 1024;
  return { ...defaults, name: 'flotilla-leases', subjects: ['lease.>'], retention: 'state', maxBytes, ...sizing };
}

/** Domain events, kept for a week. */
export function eventStream(sizing: Sizing = {}): StreamSpec {
  const maxAgeMs = 7 * 24 * 3_600_000;
  const maxBytes = 1024 * 1024 * 1024;
  return {
    ...defaults,
    name: 'flotilla-events',
    subjects: ['event.>'],
    retention: 'window',
    maxAgeMs,
    maxBytes,
    ...sizing,
  };
}

/** Heartbeats and usage, kept in memory for a quarter of an hour. */
export function telemetryStream(sizing: Sizing = {}): StreamSpec {
  return {
    ...defaults,
    name: 'flotilla-telemetry',
    subjects: ['telemetry.>'],
    retention: 'window',
    storage: 'memory',
    maxAgeMs: 15 * 60_000,
    maxBytes: 256 * 1024 * 1024,
    ...sizing,
  };
}

/** Where a stream's floor is kept: in a stream of its own, since a message in the log itself would take a revision. */
export function floorPlace({ name, prefix }: StreamSpec): FloorPlace {
  return { controlStream: `${prefix}-control`, subject: `${prefix}-control.floor.${name}` };
}

export function streamSubjects({ prefix, subjects }: StreamSpec): readonly string[] {
  return subjects.map((subject) => `${prefix}.${subject}`);
}

/**
 * Creates the streams that are missing and brings others up to what is asked for; safe to call from several processes at once and again at every start. Never loses
 * data: throws NatsUnsupported instead of lowering a limit of a stream that holds messages, or changing what can't be changed. Throws LogUnavailable.
 */
export async function ensureStreams(link: NatsLink, specs: readonly StreamSpec[]): Promise<void> {
  const [first] = specs;
  if (first === undefined) return;
  const replicas = Math.max(...specs.map((spec) => spec.replicas));
  for (const prefix of new Set(specs.map((spec) => spec.prefix))) await ensure(link, controlConfig(prefix, replicas));
  for (const spec of specs) {
    await ensure(link, toConfig(spec));
    if (spec.firstRevision !== undefined) await hideWhatCameBefore(link, spec, spec.firstRevision);
  }
}

type Config = Partial<StreamConfig> & { readonly name: string };

function controlConfig(prefix: string, replicas: number): Config {
  return {
    name: `${prefix}-control`,
    subjects: [`${prefix}-control.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
  };
}

function toConfig(spec: StreamSpec): Config {
  const isState = spec.retention === 'state';
  return {
    name: spec.name,
    subjects: [...streamSubjects(spec)],
    storage: spec.storage === 'file' ? StorageType.File : StorageType.Memory,
    retention: RetentionPolicy.Limits,
    // A log that is full must say so: dropping the oldest would silently lose live objects.
    discard: isState ? DiscardPolicy.New : DiscardPolicy.Old,
    num_replicas: spec.replicas,
    max_bytes: spec.maxBytes === 0 ? -1 : spec.maxBytes,
    max_age: spec.maxAgeMs * nanosPerMs,
    max_msgs_per_subject: -1,
    compression: spec.compression === 's2' ? StoreCompression.S2 : StoreCompression.None,
    allow_direct: true,
    allow_atomic: true,
    duplicate_window: Math.min(duplicateWindowMs, spec.maxAgeMs || duplicateWindowMs) * nanosPerMs,
    ...(spec.firstRevision !== undefined && { first_seq: spec.firstRevision }),
  };
}

/** The server may fail to set up a stream's files and succeed a moment later, for instance while it still removes another stream's. */
const createTries = 5;
const createRetryMs = 100;

async function ensure(link: NatsLink, config: Config): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await ensureOnce(link, config);
      return;
    } catch (error) {
      if (!(error instanceof LogUnavailable) || error.reason !== 'Io' || tried === createTries) throw error;
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await delay(createRetryMs * 2 ** (tried - 1));
    }
  }
}

async function ensureOnce(link: NatsLink, config: Config): Promise<void> {
  const { streams } = link.manager;
  try {
    const existing = await find(link, config.name);
    if (existing === undefined) {
      await streams.add(config);
      return;
    }
    const change = plannedChange(existing, config);
    if (change !== undefined) await streams.update(config.name, { ...existing.config, ...change });
  } catch (error) {
    if (error instanceof NatsUnsupported) throw error;
    if (error instanceof JetStreamApiError && !isPassing(error)) {
      throw new NatsUnsupported(`NATS refuses the stream ${config.name}: ${error.message}`, { cause: error });
    }
    throw errorFromNats(error);
  }
}

async function find(link: NatsLink, name: string): Promise<StreamInfo | undefined> {
  try {
    return await link.manager.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}

/** What to change in an existing stream; undefined = nothing. Throws NatsUnsupported for what would lose data or can't be done. */
export function plannedChange(
  existing: Pick<StreamInfo, 'config' | 'state'>,
  wanted: Config,
): Partial<StreamConfig> | undefined {
  const { name } = wanted;
  const { config, state } = existing;
  const refuse = (what: string): never => {
    throw new NatsUnsupported(`the stream ${name} exists and ${what}: change it by hand if that is meant`);
  };
  if (config.storage !== wanted.storage) refuse(`is stored in ${config.storage}, not in ${wanted.storage}`);
  if (config.retention !== wanted.retention) refuse(`has the retention ${config.retention}`);
  const missing = config.subjects.filter((subject) => wanted.subjects?.includes(subject) !== true);
  if (missing.length > 0) refuse(`holds ${missing.join(', ')}, which would no longer be stored`);
  if (state.messages > 0) {
    if (shrinks(config.max_bytes, wanted.max_bytes)) refuse(`may hold more bytes than ${wanted.max_bytes}`);
    if (shrinks(config.max_age, wanted.max_age)) refuse(`keeps messages for longer`);
    if (config.num_replicas > (wanted.num_replicas ?? 1)) refuse(`has ${config.num_replicas} replicas`);
    if (shrinks(config.max_msgs_per_subject, wanted.max_msgs_per_subject))
      refuse('keeps more messages of each subject');
  }
  const change: Partial<StreamConfig> = {};
  for (const [key, value] of Object.entries(wanted)) {
    if (key === 'name' || key === 'first_seq') continue;
    if (JSON.stringify(config[key as keyof StreamConfig]) !== JSON.stringify(value))
      Object.assign(change, { [key]: value });
  }
  return Object.keys(change).length === 0 ? undefined : change;
}

/** Of a limit where 0 and -1 mean none. */
function shrinks(existing: number | undefined, wanted: number | undefined): boolean {
  const isUnlimited = existing === undefined || existing <= 0;
  if (wanted === undefined || wanted <= 0) return false;
  return isUnlimited || wanted < existing;
}

/** A rebuilt log has no history from before it was rebuilt. */
async function hideWhatCameBefore(link: NatsLink, spec: StreamSpec, firstRevision: Revision): Promise<void> {
  const place = floorPlace(spec);
  const { floor, sequence } = await readFloor(link.manager, place);
  if (floor >= firstRevision - 1) return;
  await writeFloor(link, place, { floor: firstRevision - 1, purged: firstRevision - 1, worker: '' }, sequence);
}
