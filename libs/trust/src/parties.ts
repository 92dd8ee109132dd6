/** Who takes part in the platform and what each one's certificate says. The certificate's subject is the identity: on the bus, in gRPC and in MongoDB. */

/** Services, each with one certificate for what it serves and what it calls. */
export const serviceNames = [
  'gateway',
  'registry',
  'scheduler',
  'propagation',
  'failover',
  'metrics',
  'discovery',
  'events',
  'archiver',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** People and jobs. `platform` makes and changes the streams and restores them; `operator` watches NATS itself and calls services. */
export const administratorNames = ['platform', 'operator'] as const;
export type AdministratorName = (typeof administratorNames)[number];

/** In a client certificate for the Kubernetes endpoint these groups have no rights there: a service is no user. */
const organizations = {
  service: 'flotilla:services',
  administrator: 'flotilla:administrators',
  // MongoDB takes a client whose organization is its own for a server of its replica set.
  nats: 'flotilla:nats',
  mongodb: 'flotilla:mongodb',
} as const;

/** A party with a certificate of its own. */
export interface Party {
  /** Common name. */
  readonly name: string;
  readonly organization: string;
  /** Folder below the trust directory. */
  readonly folder: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

export interface PartyOptions {
  /** Names and addresses that every server is reached by, besides its own. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly natsReplicas: number;
}

const namespace = 'flotilla';

/** Every party, the services first. */
export function partiesOf(options: PartyOptions): readonly Party[] {
  return [
    ...serviceNames.map((name) => server(name, organizations.service, name, options)),
    ...administratorNames.map((name): Party => {
      return { name, organization: organizations.administrator, folder: name, dnsNames: [], ipAddresses: [] };
    }),
    ...natsServerNames(options.natsReplicas).map((name) =>
      server(name, organizations.nats, `nats/${name}`, options, ['nats', `${name}.nats`]),
    ),
    server('mongodb', organizations.mongodb, 'mongodb', options, [
      'mongodb-0.mongodb',
      'mongodb-1.mongodb',
      'mongodb-2.mongodb',
    ]),
  ];
}

export function natsServerNames(replicas: number): readonly string[] {
  return Array.from({ length: replicas }, (_, index) => `nats-${index}`);
}

/** The subject as NATS and MongoDB write it (RFC 2253): the last attribute first. */
export function distinguishedName({ name, organization }: Pick<Party, 'name' | 'organization'>): string {
  return `CN=${name},O=${organization}`;
}

export function serviceIdentity(name: ServiceName): string {
  return distinguishedName({ name, organization: organizations.service });
}

export function administratorIdentity(name: AdministratorName): string {
  return distinguishedName({ name, organization: organizations.administrator });
}

/** A Service's names inside a management cluster, and this machine's. */
function server(
  name: string,
  organization: string,
  folder: string,
  { dnsNames, ipAddresses }: PartyOptions,
  aliases: readonly string[] = [],
): Party {
  const inCluster = [name, ...aliases].flatMap((each) => [
    each,
    `${each}.${namespace}`,
    `${each}.${namespace}.svc`,
    `${each}.${namespace}.svc.cluster.local`,
  ]);
  return {
    name,
    organization,
    folder,
    dnsNames: [...new Set([...inCluster, 'localhost', ...dnsNames])],
    ipAddresses: [...new Set(['127.0.0.1', '::1', ...ipAddresses])],
  };
}
