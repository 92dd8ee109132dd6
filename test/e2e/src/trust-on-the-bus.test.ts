/** A real nats-server with the configuration that `flotilla init` writes: what each party may do there, and what it is refused. */
import { readFile, writeFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';

import type { EventLog } from '@flotilla/log/event-log';
import { createJetStreamLog } from '@flotilla/log/jetstream-log';
import { connectNats, type NatsLink } from '@flotilla/log/jetstream/nats-link';
import { ensureStreams, leaseStream, stateStream } from '@flotilla/log/jetstream/streams';
import { stateSubject } from '@flotilla/log/subject';
import { temporaryDirectory } from '@flotilla/log/temporary-directory';
import type { NatsServer } from '@flotilla/test-clusters/nats-server';
import { inboxPrefix } from '@flotilla/trust/bus-rights';
import { serviceNames, type ServiceName } from '@flotilla/trust/parties';
import { ensureTrust } from '@flotilla/trust/trust-directory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestNats } from './jetstream-fixture.ts';

const dayMs = 86_400_000;
const streams = [stateStream(), leaseStream()];
const value = Buffer.from('{}');
const key = (group: string, resource: string, namespace: string, name: string): string =>
  stateSubject({ group, resource, namespace, name });

/** Something that the scheduler may write, too. */
const ownEvent = `flotilla.${key('', 'events', 'shop', 'own')}`;

type Caller = ServiceName | 'platform';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: NatsServer;
const links = new Map<Caller, NatsLink>();
const trust = (): string => join(directory.path, 'trust');
const serverLog = (): Promise<string> => readFile(join(directory.path, 'server.log'), 'utf8');

async function identity(folder: string): Promise<{ cert: string; key: string; ca: string }> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  return { cert: await read('tls.crt'), key: await read('tls.key'), ca: await read('ca.crt') };
}

async function link(caller: Caller): Promise<NatsLink> {
  const known = links.get(caller);
  if (known !== undefined) return known;
  const tls = await identity(join(trust(), caller));
  const made = await connectNats({
    servers: server.url,
    tls,
    inboxPrefix: inboxPrefix(caller),
    requestTimeoutMs: 1_500,
  });
  links.set(caller, made);
  return made;
}

/** Appends give up quickly: what is refused is never answered. */
async function openLog(caller: Caller, stream = stateStream()): Promise<EventLog> {
  return createJetStreamLog({
    link: await link(caller),
    stream,
    compactionIntervalMs: 0,
    ackTimeoutMs: 300,
    undeterminedAfterMs: 600,
  });
}

async function stored(subject: string, stream = stateStream()): Promise<number> {
  const log = await openLog('platform', stream);
  let count = 0;
  for await (const { entries } of log.latest([subject])) count += entries.length;
  await log.close();
  return count;
}

async function publishes(caller: Caller, subject: string, stream = stateStream()): Promise<boolean> {
  const log = await openLog(caller, stream);
  try {
    return (await log.append([{ subject, value }])).kind === 'appended';
  } catch (error) {
    if (error instanceof Error && error.name === 'LogUnavailable') return false;
    throw error;
  } finally {
    await log.close();
  }
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  await ensureTrust({ directory: trust(), nowMs: Date.now() });
  const configuration = await readFile(join(trust(), 'nats/nats-0/nats-server.conf'), 'utf8');
  // The test's server has a port of its own, and nobody watches it.
  const lines = configuration.split('\n').filter((line) => !/^(host|port|http|max_payload):/.test(line));
  server = await startTestNats({
    withJetStream: false,
    configuration: [...lines, `log_file: ${JSON.stringify(join(directory.path, 'server.log'))}`],
  });
  await ensureStreams(await link('platform'), streams);
});

afterAll(async () => {
  for (const each of links.values()) await each.close();
  await server.stop();
  await directory[Symbol.asyncDispose]();
});

describe('on the bus', () => {
  it.each<[ServiceName, string]>([
    ['gateway', key('policy.karmada.io', 'propagationpolicies', 'shop', 'web')],
    ['gateway', key('', 'secrets', 'shop', 'by.gateway')],
    ['registry', key('cluster.karmada.io', 'clusters', '', 'paris')],
    ['registry', key('', 'namespaces', '', 'karmada-es-paris')],
    ['registry', key('', 'secrets', 'karmada-cluster', 'paris')],
    ['scheduler', key('work.karmada.io', 'resourcebindings', 'shop', 'web-deployment')],
    ['scheduler', key('apps', 'deployments', 'shop', 'web')],
    ['propagation', key('work.karmada.io', 'resourcebindings', 'shop', 'web-deployment')],
    ['propagation', key('apps', 'deployments', 'shop', 'web')],
    ['failover', key('work.karmada.io', 'resourcebindings', 'shop', 'web-deployment')],
    ['metrics', key('autoscaling.karmada.io', 'federatedhpas', 'shop', 'web')],
    ['discovery', key('multicluster.x-k8s.io', 'serviceimports', 'shop', 'web')],
    ['events', key('', 'events', 'shop', 'web.1')],
  ])('%s writes %s', async (service, subject) => {
    expect(await publishes(service, subject)).toBe(true);
    expect(await stored(subject)).toBe(1);
  });

  it.each<[ServiceName, string]>([
    ['registry', key('work.karmada.io', 'resourcebindings', 'shop', 'stolen')],
    ['registry', key('', 'secrets', 'shop', 'stolen')],
    ['scheduler', key('policy.karmada.io', 'propagationpolicies', 'shop', 'stolen')],
    ['scheduler', key('cluster.karmada.io', 'clusters', '', 'stolen')],
    ['scheduler', key('', 'secrets', 'karmada-cluster', 'stolen')],
    ['propagation', key('policy.karmada.io', 'clusterpropagationpolicies', '', 'stolen')],
    ['propagation', key('rbac.authorization.k8s.io', 'clusterrolebindings', '', 'stolen')],
    ['propagation', key('', 'secrets', 'shop', 'stolen')],
    ['failover', key('apps', 'deployments', 'shop', 'stolen')],
    ['metrics', key('work.karmada.io', 'resourcebindings', 'shop', 'stolen')],
    ['discovery', key('cluster.karmada.io', 'clusters', '', 'stolen')],
    ['events', key('apps', 'deployments', 'shop', 'stolen')],
  ])('%s is refused %s', async (service, subject) => {
    expect(await publishes(service, subject)).toBe(false);
    expect(await stored(subject)).toBe(0);
    expect(await serverLog()).toMatch(new RegExp(`CN=${service},O=flotilla:services.*Publish Violation.*stolen`));
  });

  it('nothing of an append is stored when one of its subjects is refused', async () => {
    const log = await openLog('scheduler');
    const binding = key('work.karmada.io', 'resourcebindings', 'shop', 'half');
    const policy = key('policy.karmada.io', 'propagationpolicies', 'shop', 'half');
    const appending = log.append([binding, policy].map((subject) => ({ subject, value })));
    await expect(appending).rejects.toThrow(/NATS/);
    expect([await stored(binding), await stored(policy)]).toEqual([0, 0]);
    await log.close();
  });

  it.each(serviceNames)('%s reads the state, newest and as it comes, and has leases of its own', async (service) => {
    const log = await openLog(service);
    expect(await log.head()).toBeGreaterThan(0);
    let count = 0;
    for await (const { entries } of log.latest(['state.>'])) count += entries.length;
    expect(count).toBeGreaterThan(0);
    const end = new AbortController();
    for await (const batch of log.read({ subjects: ['state.apps.>', 'state.core.>'], from: 0, signal: end.signal }))
      if (batch.isCaughtUp) end.abort();
    await log.close();

    const own = `lease.${service}.0`;
    expect(await publishes(service, own, leaseStream())).toBe(true);
    const leases = await openLog(service, leaseStream());
    const found: string[] = [];
    for await (const { entries } of leases.latest([`lease.${service}.>`])) found.push(...entries.map((e) => e.subject));
    expect(found).toContain(own);
    await leases.close();
    const other = service === 'scheduler' ? 'registry' : 'scheduler';
    expect(await publishes(service, `lease.${other}.7`, leaseStream())).toBe(false);
  });

  it.each<[ServiceName, string, object]>([
    ['gateway', 'STREAM.CREATE.mine', { name: 'mine', subjects: ['mine.>'] }],
    ['gateway', 'STREAM.DELETE.flotilla-state', {}],
    ['scheduler', 'STREAM.UPDATE.flotilla-state', { name: 'flotilla-state', subjects: ['x'] }],
    ['propagation', 'STREAM.PURGE.flotilla-state', {}],
    ['registry', 'STREAM.MSG.DELETE.flotilla-state', { seq: 1 }],
    ['events', 'CONSUMER.LIST.flotilla-state', {}],
  ])('%s is refused %s', async (service, call, request) => {
    const { connection } = await link(service);
    await expect(connection.request(`$JS.API.${call}`, JSON.stringify(request), { timeout: 700 })).rejects.toThrow(
      /Permissions Violation|timeout/i,
    );
    expect(await stored('state.>')).toBeGreaterThan(0);
  });

  it('the gateway drops history, which is nobody else’s task', async () => {
    const log = await createJetStreamLog({
      link: await link('gateway'),
      stream: stateStream(),
      historyMaxEntries: 1,
      compactionGraceMs: 0,
      compactionIntervalMs: 0,
    });
    await log.compact();
    expect(await log.firstReadable()).toBeGreaterThan(0);
    await log.close();
  });

  it('nobody hears the answers to another', async () => {
    const { connection } = await link('scheduler');
    const subscription = connection.subscribe('_INBOX.gateway.>');
    await expect(connection.flush().then(() => subscription.closed)).resolves.toBeInstanceOf(Error);
  });

  // What NATS can't refuse (it has no rights for replies); SECURITY.md says so. A line that changes here changes there.
  it.each<[string, string, object | string]>([
    ['what a stream is like', '$JS.API.STREAM.INFO.flotilla-state', ''],
    ['a message', '$JS.API.STREAM.MSG.GET.flotilla-state', { last_by_subj: 'x' }],
    ['a message, directly', '$JS.API.DIRECT.GET.flotilla-state', { last_by_subj: ownEvent }],
    ['an acknowledgement', `flotilla.${key('', 'events', 'shop', 'bait')}`, 'bait'],
  ])('%s may be asked to be sent to a subject of the state', async (what, call, request) => {
    const victim = key('policy.karmada.io', 'propagationpolicies', 'shop', `forged ${what}`);
    const { connection } = await link('scheduler');
    await connection.request(ownEvent, 'whatever the asker likes');
    const body = typeof request === 'string' ? request : JSON.stringify(request);
    connection.publish(call, body, { reply: `flotilla.${victim}` });
    await connection.flush();
    await (await link('platform')).manager.streams.info('flotilla-state');
    await expect.poll(() => stored(victim), { timeout: 2_000 }).toBe(1);
  });

  it('a certificate of another authority is refused', async () => {
    const foreign = join(directory.path, 'foreign');
    await ensureTrust({ directory: foreign, nowMs: Date.now() });
    const { cert, key: keyPem } = await identity(join(foreign, 'gateway'));
    const { ca } = await identity(join(trust(), 'gateway'));
    await expect(connectNats({ servers: server.url, tls: { cert, key: keyPem, ca } })).rejects.toThrow(
      /cannot be reached/,
    );
    expect(await serverLog()).toMatch(/TLS handshake error.*(unknown authority|verification error)/);
  });

  it('no certificate is refused', async () => {
    const { ca } = await identity(join(trust(), 'gateway'));
    await expect(connectNats({ servers: server.url, tls: { ca } })).rejects.toThrow(/cannot be reached/);
    expect(await serverLog()).toMatch(/TLS handshake error.*didn't provide a certificate/);
  });

  it('a certificate of the authority that is no party on the bus is refused', async () => {
    const tls = await identity(join(trust(), 'mongodb'));
    await expect(connectNats({ servers: server.url, tls })).rejects.toThrow(/cannot be reached/);
    expect(await serverLog()).toMatch(/authentication error/);
  });

  it('a certificate that has ended is refused, and the server says so', async () => {
    const old = join(directory.path, 'old');
    await ensureTrust({ directory: old, nowMs: Date.now() });
    for (const name of ['ca.crt', 'ca.key'])
      await writeFile(join(old, 'authority', name), await readFile(join(trust(), 'authority', name)));
    await ensureTrust({ directory: old, nowMs: Date.now() - 400 * dayMs, renew: serviceNames.slice() });
    const tls = await identity(join(old, 'scheduler'));
    await expect(connectNats({ servers: server.url, tls })).rejects.toThrow(/cannot be reached/);
    expect(await serverLog()).toMatch(/TLS handshake error.*(expired|not yet valid)/);
  });

  it('without TLS there is no connection', async () => {
    const socket = connectSocket({ host: '127.0.0.1', port: server.port });
    const heard = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('connect', () => socket.write('CONNECT {"verbose":false}\r\nPING\r\n'));
      socket.on('close', () => resolve(text));
      socket.on('error', () => resolve(text));
    });
    expect(heard).toContain('"tls_required":true');
    expect(heard).not.toContain('PONG');
  });
});
