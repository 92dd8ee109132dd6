import {
  MongoBulkWriteError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  type TopologyDescription,
} from 'mongodb';
import { expect, it } from 'vitest';

import { ArchiveUnavailable } from './archive-store.ts';
import { errorFromMongo, isIndexConflict, isMissingFeature, isOnlyDuplicates } from './mongo-errors.ts';

const server = (code: number): MongoServerError => new MongoServerError({ message: 'secret value', code });
const bulk = (codes: readonly number[]): MongoBulkWriteError =>
  Object.assign(Object.create(MongoBulkWriteError.prototype) as MongoBulkWriteError, {
    writeErrors: codes.map((code) => ({ code })),
  });

it.each<readonly [string, unknown, string, boolean]>([
  ['the connection breaks', new MongoNetworkError('reset'), 'Unreachable', true],
  ['no server answers', new MongoServerSelectionError('none', {} as TopologyDescription), 'Unreachable', true],
  ['the connection breaks under a write of many', bulk([]), 'Unreachable', true],
  ['the primary steps down', server(189), 'Unreachable', true],
  ['the password is wrong', server(18), 'Refused', true],
  ['the user may not', server(13), 'Refused', true],
  ['the disk is full', server(14_031), 'Full', true],
  ['a document is too large', server(10_334), 'TooLarge', false],
  ['a document does not fit the wire', new RangeError('The value of "offset" is out of range'), 'TooLarge', false],
  ['anything else goes wrong', server(8), 'Failed', true],
])('when %s', (_, error, reason, mayPass) => {
  const made = errorFromMongo(error);
  expect(made).toBeInstanceOf(ArchiveUnavailable);
  expect(made).toMatchObject({ reason, mayPass });
  expect(String(made)).not.toContain('secret');
});

it('hands back what the driver did not make', () => {
  const mistake = new TypeError('mine');
  expect(errorFromMongo(mistake)).toBe(mistake);
});

it('knows duplicates from other failures of a write', () => {
  expect(isOnlyDuplicates(bulk([11_000, 11_000]))).toBe(true);
  expect(isOnlyDuplicates(bulk([11_000, 121]))).toBe(false);
  expect(isOnlyDuplicates(server(11_000))).toBe(true);
  expect(isOnlyDuplicates(server(121))).toBe(false);
});

it('knows servers that lack a feature, and indexes that differ', () => {
  expect(isMissingFeature(server(238))).toBe(true);
  expect(isMissingFeature(server(13))).toBe(false);
  expect(isIndexConflict(server(85))).toBe(true);
  expect(isIndexConflict(new MongoNetworkError('reset'))).toBe(false);
});
