/** What the archive tells, as lines of the log for operators (pure). */
import type { ArchiveReport } from '@flotilla/archive/archive-report';
import { ArchiveUnavailable, type UnavailableReason } from '@flotilla/archive/archive-store';
import type { Report } from '@flotilla/runtime/logger';

const unavailableMessages: Readonly<Record<UnavailableReason, string>> = {
  Unreachable: 'the database of the archive cannot be reached; trying again',
  Refused: 'the database of the archive refuses the credentials, or they lack rights; trying again',
  Full: 'the database of the archive has no room; trying again',
  Failed: 'the database of the archive failed; trying again',
  TooLarge: 'an object is too large for the database of the archive; nothing after it can be archived',
  Closed: 'the archive was closed',
  Damaged: 'the files of the archive cannot be read: move them away, and the state is archived anew; its past is lost',
};

export function reportOf(event: ArchiveReport): Report {
  switch (event.kind) {
    case 'archive-unavailable':
      return failure('warn', event.error, 'the archive failed; trying again');
    case 'archive-available-again':
      return { level: 'info', message: 'the database of the archive answers again', fields: {} };
    case 'gap-recorded': {
      const { level, fromRevision, throughRevision, inferredDeletions, lostByLog } = event;
      const message =
        level === 'info' ? 'the archive begins with the state there is' : 'history is missing from the archive';
      return { level, message, fields: { fromRevision, throughRevision, inferredDeletions, lostByLog } };
    }
    case 'difference': {
      const { level, difference, subject, revision, repair } = event;
      return { level, message: 'log and archive differ', fields: { difference, subject, revision, repair } };
    }
    case 'verified': {
      const { level, subjects, differences } = event;
      return { level, message: 'log and archive were compared', fields: { subjects, differences } };
    }
  }
}

/** For what ended a part of the service that is begun again. */
export function reportEnd(part: string, error: unknown): Report {
  return failure('error', error, `${part} failed; trying again`);
}

function failure(level: Report['level'], error: unknown, otherwise: string): Report {
  if (error instanceof ArchiveUnavailable) {
    const { reason, message, mayPass } = error;
    return {
      level: mayPass ? level : 'error',
      message: unavailableMessages[reason],
      fields: { reason, cause: message },
    };
  }
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { level, message: otherwise, fields: { cause } };
}
