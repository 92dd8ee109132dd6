/** The configuration file of one nats-server: mutual TLS, one account for the platform with a user for every party, and writes that are on disk before they're acknowledged. */
import { platformRights, serviceRights, type BusRights } from './bus-rights.ts';
import { administratorIdentity, natsServerNames, serviceIdentity, serviceNames } from './parties.ts';

export interface NatsConfigurationOptions {
  /** Name of this server, one of `natsServerNames`. */
  readonly name: string;
  /** 1 or 3. */
  readonly replicas: number;
  /** Where the server sees its own folder. */
  readonly directory: string;
  /** Where it keeps its streams. */
  readonly dataDirectory: string;
}

export const natsPorts = { clients: 4222, routes: 6222, monitor: 8222 } as const;
const payloadMax = '8MB';
const jetStreamMax = { memory: '1GB', file: '100GB', streams: 16, consumers: 10_000 } as const;

/** One option a line. The file holds no secret: who someone is, their certificate says. */
export function natsConfiguration({ name, replicas, directory, dataDirectory }: NatsConfigurationOptions): string {
  return [
    `server_name: ${name}`,
    'host: 0.0.0.0',
    `port: ${natsPorts.clients}`,
    `http: 127.0.0.1:${natsPorts.monitor}`,
    `max_payload: ${payloadMax}`,
    ...block('tls', [...tlsFiles(directory), 'verify_and_map: true', 'timeout: 5']),
    ...block('jetstream', [
      `store_dir: ${text(dataDirectory)}`,
      'sync_interval: always',
      `max_memory_store: ${jetStreamMax.memory}`,
      `max_file_store: ${jetStreamMax.file}`,
    ]),
    ...block('accounts', [
      ...block('FLOTILLA', [
        ...block('jetstream', [
          `max_memory: ${jetStreamMax.memory}`,
          `max_file: ${jetStreamMax.file}`,
          `max_streams: ${jetStreamMax.streams}`,
          `max_consumers: ${jetStreamMax.consumers}`,
        ]),
        ...list('users', [
          ...serviceNames.map((service) => user(serviceIdentity(service), serviceRights(service))),
          user(administratorIdentity('platform'), platformRights()),
        ]),
      ]),
      ...block('SYS', list('users', [[`{ user: ${text(administratorIdentity('operator'))} }`]])),
    ]),
    'system_account: SYS',
    ...(replicas > 1 ? routes(replicas, directory) : []),
    '',
  ].join('\n');
}

/** A server takes only servers for a route: a service's certificate, though of the same authority, carries none of their names. */
function routes(replicas: number, directory: string): readonly string[] {
  return block('cluster', [
    'name: flotilla',
    `listen: 0.0.0.0:${natsPorts.routes}`,
    ...block('tls', [...tlsFiles(directory), 'verify_cert_and_check_known_urls: true', 'timeout: 5']),
    ...list(
      'routes',
      natsServerNames(replicas).map((each) => [text(`nats://${each}.nats:${natsPorts.routes}`)]),
    ),
  ]);
}

function tlsFiles(directory: string): readonly string[] {
  return [
    `cert_file: ${text(`${directory}/tls.crt`)}`,
    `key_file: ${text(`${directory}/tls.key`)}`,
    `ca_file: ${text(`${directory}/ca.crt`)}`,
  ];
}

function user(identity: string, { publish, subscribe }: BusRights): readonly string[] {
  return [
    '{',
    `  user: ${text(identity)}`,
    ...indent(
      block('permissions', [
        ...block('publish', [...subjects('allow', publish.allow), ...subjects('deny', publish.deny)]),
        ...block('subscribe', subjects('allow', subscribe.allow)),
      ]),
    ),
    '}',
  ];
}

function subjects(name: string, values: readonly string[]): readonly string[] {
  return values.length === 0
    ? []
    : list(
        name,
        values.map((value) => [text(value)]),
      );
}

function block(name: string, lines: readonly string[]): readonly string[] {
  return [`${name} {`, ...indent(lines), '}'];
}

function list(name: string, items: readonly (readonly string[])[]): readonly string[] {
  return [`${name}: [`, ...indent(items.flat()), ']'];
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** Quoted, so that `$` begins no variable. */
function text(value: string): string {
  return JSON.stringify(value);
}
