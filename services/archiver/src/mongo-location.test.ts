import { expect, it } from 'vitest';

import { mongoLocation } from './mongo-location.ts';

const files = { caFile: '/trust/ca.crt', certKeyFile: '/trust/tls.pem' };
const asOptions = 'tls=true&tlsCAFile=%2Ftrust%2Fca.crt&tlsCertificateKeyFile=%2Ftrust%2Ftls.pem';

it.each([
  ['takes the database from the path', 'mongodb://db/archive', {}, 'mongodb://db/archive', 'archive'],
  ['has a name for the database where there is no path', 'mongodb://db', {}, 'mongodb://db', 'flotilla'],
  ['leaves options alone', 'mongodb://db/x?replicaSet=r', {}, 'mongodb://db/x?replicaSet=r', 'x'],
  [
    'adds files behind the options of several hosts',
    'mongodb://a:1,b:2,c:3/x?authSource=%24external',
    files,
    `mongodb://a:1,b:2,c:3/x?authSource=%24external&${asOptions}`,
    'x',
  ],
  ['adds files where there is no path', 'mongodb://u:p%2F@db', files, `mongodb://u:p%2F@db/?${asOptions}`, 'flotilla'],
  ['adds the authority alone', 'mongodb+srv://db/x', { caFile: 'ca' }, 'mongodb+srv://db/x?tls=true&tlsCAFile=ca', 'x'],
  ['hands on what is no connection string', 'db', {}, 'db', 'flotilla'],
])('%s', (_, url, given, expectedUrl, database) => {
  expect(mongoLocation(url, given)).toEqual({ url: expectedUrl, database });
});
