/** Where the archive is on MongoDB, from the connection string and the files that go with it (pure). */
export interface MongoLocation {
  readonly url: string;
  readonly database: string;
}

export interface MongoFiles {
  /** Path of the authority's certificate, in PEM. */
  readonly caFile?: string | undefined;
  /** Path of certificate and key in one file, in PEM. */
  readonly certKeyFile?: string | undefined;
}

const databaseDefault = 'flotilla';

/**
 * The path of the connection string names the database; files become options of it, and switch TLS on. Not by `URL`, which knows no lists of hosts. What is no connection string is handed
 * on as it is: the driver says what is wrong with it.
 */
export function mongoLocation(url: string, { caFile, certKeyFile }: MongoFiles = {}): MongoLocation {
  const [, base = url, path = '', query = ''] = /^([^/]*\/\/[^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url) ?? [];
  const options = [
    ...(query === '' ? [] : [query]),
    ...(caFile === undefined && certKeyFile === undefined ? [] : ['tls=true']),
    ...(caFile === undefined ? [] : [`tlsCAFile=${encodeURIComponent(caFile)}`]),
    ...(certKeyFile === undefined ? [] : [`tlsCertificateKeyFile=${encodeURIComponent(certKeyFile)}`]),
  ];
  return {
    url: options.length === 0 ? url : `${base}/${path}?${options.join('&')}`,
    database: path === '' ? databaseDefault : decodeURIComponent(path),
  };
}
