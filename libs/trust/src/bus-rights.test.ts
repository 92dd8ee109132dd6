import { stateSubject } from '@flotilla/log/subject';
import { compileSubjects } from '@flotilla/log/subject-pattern';
import { eventStream, leaseStream, stateStream, telemetryStream, floorPlace } from '@flotilla/log/jetstream/streams';
import { describe, expect, it } from 'vitest';

import { busStreams, platformRights, serviceRights, type BusRights } from './bus-rights.ts';
import { serviceNames, type ServiceName } from './parties.ts';

function mayPublish({ publish }: BusRights, subject: string): boolean {
  return compileSubjects(publish.allow)(subject) && !compileSubjects(publish.deny)(subject);
}

function writers(subject: string): readonly ServiceName[] {
  return serviceNames.filter((service) => mayPublish(serviceRights(service), subject));
}

const object = (group: string, resource: string, namespace: string): string =>
  `flotilla.${stateSubject({ group, resource, namespace, name: 'a.b' })}`;

describe('rights on the bus', () => {
  it.each<[string, string, readonly ServiceName[]]>([
    ['policies', object('policy.karmada.io', 'propagationpolicies', 'shop'), ['gateway']],
    ['overrides', object('policy.karmada.io', 'clusteroverridepolicies', ''), ['gateway']],
    ['quotas', object('policy.karmada.io', 'federatedresourcequotas', 'shop'), ['gateway', 'scheduler']],
    ['clusters', object('cluster.karmada.io', 'clusters', ''), ['gateway', 'registry', 'propagation', 'metrics']],
    ['credentials of clusters', object('', 'secrets', 'karmada-cluster'), ['gateway', 'registry']],
    ['secrets of users', object('', 'secrets', 'shop'), ['gateway', 'scheduler']],
    ['workloads', object('apps', 'deployments', 'shop'), ['gateway', 'scheduler', 'propagation']],
    [
      'bindings',
      object('work.karmada.io', 'resourcebindings', 'shop'),
      ['gateway', 'scheduler', 'propagation', 'failover'],
    ],
    ['works', object('work.karmada.io', 'works', 'karmada-es-paris'), ['gateway', 'propagation']],
    ['roles', object('rbac.authorization.k8s.io', 'clusterroles', ''), ['gateway', 'scheduler']],
    ['interpreters', object('config.karmada.io', 'resourceinterpretercustomizations', ''), ['gateway']],
    [
      'service imports',
      object('multicluster.x-k8s.io', 'serviceimports', 'shop'),
      ['gateway', 'scheduler', 'propagation', 'discovery'],
    ],
    ['events', object('', 'events', 'shop'), serviceNames.filter((name) => name !== 'archiver')],
    ['leases of the scheduler', 'flotilla.lease.scheduler.0', ['scheduler']],
    ['domain events of the registry', 'flotilla.event.registry.joined.paris', ['registry']],
    ['telemetry', 'flotilla.telemetry.paris.usage', ['registry']],
    ['the floor of the history', 'flotilla-control.floor.flotilla-state', ['gateway']],
  ])('let %s be written by their owners alone', (_, subject, expected) => {
    expect(writers(subject)).toEqual(expected);
  });

  it.each([
    '$JS.API.STREAM.CREATE.flotilla-state',
    '$JS.API.STREAM.UPDATE.flotilla-state',
    '$JS.API.STREAM.DELETE.flotilla-state',
    '$JS.API.STREAM.MSG.DELETE.flotilla-state',
    '$JS.API.STREAM.RESTORE.flotilla-state',
    '$JS.API.STREAM.SNAPSHOT.flotilla-state',
    '$JS.API.CONSUMER.LIST.flotilla-state',
    '$JS.API.ACCOUNT.PURGE.FLOTILLA',
    '$SYS.REQ.SERVER.PING',
  ])('let no service call %s', (subject) => {
    expect(writers(subject)).toEqual([]);
  });

  it('let only the gateway drop history', () => {
    expect(writers('$JS.API.STREAM.PURGE.flotilla-state')).toEqual(['gateway']);
  });

  it.each(serviceNames)('let %s hear its own answers and nothing else', (service) => {
    const hears = compileSubjects(serviceRights(service).subscribe.allow);
    expect(hears(`_INBOX.${service}.abc.1`)).toBe(true);
    const others = [...serviceNames, 'platform'].filter((name) => name !== service);
    expect(others.filter((other) => hears(`_INBOX.${other}.abc.1`))).toEqual([]);
    expect(hears('flotilla.state.core.secrets.shop.db')).toBe(false);
  });

  it('let the platform manage streams, in the account alone', () => {
    expect(mayPublish(platformRights(), '$JS.API.STREAM.CREATE.flotilla-state')).toBe(true);
    expect(mayPublish(platformRights(), '$SYS.REQ.SERVER.PING')).toBe(false);
  });

  it('speak of the streams that the log uses', () => {
    const specs = [stateStream(), leaseStream(), eventStream(), telemetryStream()];
    expect(specs.map(({ name }) => name)).toEqual([
      busStreams.state,
      busStreams.leases,
      busStreams.events,
      busStreams.telemetry,
    ]);
    expect(new Set(specs.map(({ prefix }) => prefix))).toEqual(new Set([busStreams.prefix]));
    expect(floorPlace(stateStream()).controlStream).toBe(busStreams.control);
  });
});
