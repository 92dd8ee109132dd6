import { MongoBulkWriteError, MongoError, MongoServerError } from 'mongodb';

import { ArchiveUnavailable, type UnavailableReason } from './archive-store.ts';

/** Error codes of MongoDB servers (https://www.mongodb.com/docs/manual/reference/error-codes/). */
const reasonsByCode: Readonly<Record<number, UnavailableReason>> = {
  13: 'Refused',
  18: 'Refused',
  8000: 'Refused',
  6: 'Unreachable',
  7: 'Unreachable',
  89: 'Unreachable',
  91: 'Unreachable',
  189: 'Unreachable',
  262: 'Unreachable',
  10107: 'Unreachable',
  11600: 'Unreachable',
  11602: 'Unreachable',
  13435: 'Unreachable',
  13436: 'Unreachable',
  14031: 'Full',
  10334: 'TooLarge',
  17280: 'TooLarge',
  17420: 'TooLarge',
};

/** For errors without a code. */
const reasonsByName: Readonly<Record<string, UnavailableReason>> = {
  // A write of many that the server said nothing about: the connection broke under it.
  MongoBulkWriteError: 'Unreachable',
  MongoNetworkError: 'Unreachable',
  MongoNetworkTimeoutError: 'Unreachable',
  MongoServerSelectionError: 'Unreachable',
  MongoPoolClearedError: 'Unreachable',
  MongoPoolClosedError: 'Unreachable',
  MongoWaitQueueTimeoutError: 'Unreachable',
  MongoTopologyClosedError: 'Unreachable',
  MongoNotConnectedError: 'Unreachable',
  MongoClientClosedError: 'Unreachable',
  MongoOperationTimeoutError: 'Unreachable',
};

const duplicateKey = 11_000;
const indexOptionsConflict = 85;
const indexKeySpecsConflict = 86;

/** What the driver threw, as the archive's own error. Anything the driver didn't make is a mistake in the program and handed back as it is. */
export function errorFromMongo(error: unknown): unknown {
  if (error instanceof ArchiveUnavailable || !(error instanceof MongoError)) {
    return error instanceof RangeError && error.message.includes('offset')
      ? new ArchiveUnavailable('TooLarge', 'a document is too large for the database', { cause: error })
      : error;
  }
  const code = typeof error.code === 'number' ? error.code : undefined;
  const reason = (code === undefined ? reasonsByName[error.name] : reasonsByCode[code]) ?? 'Failed';
  // The driver's own text may hold parts of documents: only its name and code go on.
  return new ArchiveUnavailable(
    reason,
    `the archive's database: ${error.name}${code === undefined ? '' : ` ${code}`}`,
    {
      cause: new Error(error.name),
    },
  );
}

/** Only duplicates: every other document of an unordered write was tried. */
export function isOnlyDuplicates(error: unknown): boolean {
  if (error instanceof MongoBulkWriteError) {
    const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
    return failures.length > 0 && failures.every(({ code }) => code === duplicateKey);
  }
  return error instanceof MongoServerError && error.code === duplicateKey;
}

export function isIndexConflict(error: unknown): boolean {
  return (
    error instanceof MongoServerError && (error.code === indexOptionsConflict || error.code === indexKeySpecsConflict)
  );
}

/** The server has no such feature: it says so (238 NotImplemented, 59 CommandNotFound, 67 CannotCreateIndex, 72 InvalidOptions, 9 FailedToParse). */
export function isMissingFeature(error: unknown): boolean {
  return error instanceof MongoServerError && [238, 59, 67, 72, 9].includes(Number(error.code));
}
