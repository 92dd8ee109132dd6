/** What a MongoDB replica set needs besides its certificate: a key that its servers know each other by, and users that are certificates. */
import { randomBytes } from 'node:crypto';

import { administratorIdentity, serviceIdentity } from './parties.ts';

/** Bytes; in base64 that is the longest key MongoDB takes. */
const keyFileBytes = 756;
const database = 'flotilla';

export function newMongoKeyFile(): string {
  return `${randomBytes(keyFileBytes).toString('base64')}\n`;
}

/** A script for mongosh, which may be run again. Only those who mirror the log, ask it, or restore from it have a user. */
export function mongoUsersScript(): string {
  const users = [serviceIdentity('gateway'), serviceIdentity('archiver'), administratorIdentity('platform')];
  return [
    '// Users are certificates: nobody has a password. Run it once on the primary, and again after changes.',
    "const external = db.getSiblingDB('$external');",
    `for (const user of ${JSON.stringify(users)}) {`,
    `  const roles = [{ role: 'readWrite', db: ${JSON.stringify(database)} }];`,
    '  if (external.getUser(user) === null) external.createUser({ user, roles });',
    '  else external.updateUser(user, { roles });',
    '}',
    '',
  ].join('\n');
}

export function mongodConfiguration(directory: string): string {
  return [
    'net:',
    '  bindIpAll: true',
    '  tls:',
    '    mode: requireTLS',
    `    certificateKeyFile: ${JSON.stringify(`${directory}/tls.pem`)}`,
    `    CAFile: ${JSON.stringify(`${directory}/ca.crt`)}`,
    'security:',
    '  authorization: enabled',
    `  keyFile: ${JSON.stringify(`${directory}/key-file`)}`,
    'setParameter:',
    '  authenticationMechanisms: MONGODB-X509,SCRAM-SHA-256',
    'replication:',
    '  replSetName: flotilla',
    '',
  ].join('\n');
}
