/** Builders for tests: entries of the state stream. */
import type { Append, Entry, EventLog } from '@flotilla/log/event-log';
import { stateSubject } from '@flotilla/log/subject';

export interface ObjectDraft {
  readonly group?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  readonly expect?: number;
  readonly deleted?: boolean;
  readonly user?: string;
}

export function subjectOf(name: string, draft: ObjectDraft = {}): string {
  const { group = 'apps', resource = 'deployments', namespace = 'shop' } = draft;
  return stateSubject({ group, resource, namespace, name });
}

export function valueOf(name: string, { labels = {}, annotations = {}, replicas = 1 }: ObjectDraft = {}): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, uid: `uid-${name}`, labels, annotations },
      spec: { replicas },
    }),
  );
}

export function put(name: string, draft: ObjectDraft = {}): Append {
  const { expect, deleted = false, user } = draft;
  return {
    subject: subjectOf(name, draft),
    value: valueOf(name, draft),
    ...(deleted && { deleted }),
    ...(expect !== undefined && { expect }),
    ...(user !== undefined && {
      headers: {
        'flotilla-user': user,
        'flotilla-door': 'kubernetes',
        traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`,
      },
    }),
  };
}

/** Appends, and fails on a conflict; the last revision. */
export async function append(log: EventLog, ...appends: readonly Append[]): Promise<number> {
  const result = await log.append(appends);
  if (result.kind === 'conflict') throw new Error(`unexpected conflict on ${result.subject}`);
  return result.revisions.at(-1) ?? 0;
}

export async function liveState(log: EventLog): Promise<ReadonlyMap<string, Entry>> {
  const live = new Map<string, Entry>();
  for await (const { entries } of log.latest(['>'])) for (const entry of entries) live.set(entry.subject, entry);
  return live;
}
