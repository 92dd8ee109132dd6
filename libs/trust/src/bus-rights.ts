/**
 * What each party may publish and hear on the bus. What a service owns it alone writes; where that is one object's status or claim, the whole object is written, so the right is to the object.
 *
 * Reading isn't divided: a stream is read by calls to its interface, which NATS can't limit by subject. What others may not read is sealed (see the key ring).
 */
import { encodeToken } from '@flotilla/log/subject';
import type { ServiceName } from './parties.ts';

export interface BusRights {
  readonly publish: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
}

/** Names of the streams of `@flotilla/log/jetstream/streams`. */
export const busStreams = {
  prefix: 'flotilla',
  state: 'flotilla-state',
  leases: 'flotilla-leases',
  events: 'flotilla-events',
  telemetry: 'flotilla-telemetry',
  control: 'flotilla-control',
} as const;

const { prefix } = busStreams;

/** All objects of an API group, or those of one resource; in a namespace, or in all. */
function objects(group: string, resource = '*', namespace = '*'): string {
  return `${prefix}.state.${group === '*' ? group : encodeToken(group)}.${resource}.${namespace}.*`;
}

/** Objects that say who may do what, or how the control plane works: no template status or claim is ever worth a right to these. */
const neverTemplates = [
  objects('policy.karmada.io', 'propagationpolicies'),
  objects('policy.karmada.io', 'clusterpropagationpolicies'),
  objects('policy.karmada.io', 'overridepolicies'),
  objects('policy.karmada.io', 'clusteroverridepolicies'),
  objects('policy.karmada.io', 'clustertaintpolicies'),
  objects('config.karmada.io'),
  objects('coordination.k8s.io'),
  objects('certificates.k8s.io'),
  objects('*', '*', 'karmada-cluster'),
  objects('*', '*', 'karmada-system'),
  objects('*', '*', 'kube-system'),
  objects('*', '*', 'kube-public'),
  objects('*', '*', 'flotilla-system'),
];

/** Kinds whose status nobody reports. */
const withoutStatus = [
  objects('rbac.authorization.k8s.io'),
  objects('admissionregistration.k8s.io'),
  objects('apiextensions.k8s.io'),
  objects('core', 'secrets'),
  objects('core', 'configmaps'),
  objects('core', 'serviceaccounts'),
];

const kubernetesEvents = objects('core', 'events');
const bindings = [
  objects('work.karmada.io', 'resourcebindings'),
  objects('work.karmada.io', 'clusterresourcebindings'),
];
const clusters = objects('cluster.karmada.io', 'clusters', '_');

interface Ownership {
  readonly allow: readonly string[];
  readonly deny?: readonly string[];
}

const owned: Readonly<Record<ServiceName, Ownership>> = {
  gateway: { allow: [`${prefix}.state.>`] },
  registry: {
    allow: [
      clusters,
      // A cluster's execution space comes and goes with it, and so do the credentials that it joined with.
      objects('core', 'namespaces', '_'),
      objects('core', 'secrets', 'karmada-cluster'),
      kubernetesEvents,
      `${prefix}.telemetry.>`,
    ],
  },
  scheduler: {
    // Claims are labels of templates, which may be of any kind.
    allow: [`${prefix}.state.>`],
    deny: [...neverTemplates, objects('cluster.karmada.io'), objects('work.karmada.io', 'works')],
  },
  propagation: {
    allow: [`${prefix}.state.>`],
    deny: [...neverTemplates, ...withoutStatus, objects('policy.karmada.io'), objects('apps.karmada.io')],
  },
  failover: { allow: [...bindings, kubernetesEvents] },
  metrics: { allow: [clusters, objects('autoscaling.karmada.io'), kubernetesEvents] },
  discovery: {
    allow: [
      objects('multicluster.x-k8s.io'),
      objects('networking.karmada.io'),
      objects('discovery.k8s.io', 'endpointslices'),
      objects('core', 'services'),
      kubernetesEvents,
    ],
  },
  events: { allow: [kubernetesEvents] },
  archiver: { allow: [] },
};

export function serviceRights(service: ServiceName): BusRights {
  const { allow, deny = [] } = owned[service];
  return {
    publish: {
      allow: [
        ...allow,
        `${prefix}.lease.${service}.>`,
        `${prefix}.event.${service}.>`,
        ...readCalls(busStreams.state),
        ...readCalls(busStreams.events),
        ...readCalls(busStreams.telemetry),
        ...readCalls(busStreams.leases, `${prefix}.lease.${service}.>`),
        // A service that makes sure of its streams finds them as they should be.
        `$JS.API.STREAM.INFO.${busStreams.control}`,
        `$JS.API.STREAM.MSG.GET.${busStreams.control}`,
        ...(service === 'gateway' ? compactionCalls() : []),
      ],
      deny,
    },
    subscribe: { allow: [`${inboxPrefix(service)}.>`] },
  };
}

/** Makes streams, changes them, and writes whatever a restore has to write. For jobs, not for what runs all the time. */
export function platformRights(): BusRights {
  return {
    publish: { allow: [`${prefix}.>`, `${busStreams.control}.>`, '$JS.API.>'], deny: [] },
    subscribe: { allow: [`${inboxPrefix('platform')}.>`] },
  };
}

/** For `inboxPrefix` of the connection: nobody else may listen there. */
export function inboxPrefix(name: ServiceName | 'platform'): string {
  return `_INBOX.${name}`;
}

/** What reading a stream calls. With `filter`, consumers of these subjects alone. */
function readCalls(stream: string, filter?: string): readonly string[] {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.*${filter === undefined ? '' : `.${filter}`}`,
    // Several filters are in the call's body, not in its subject.
    ...(filter === undefined ? [`$JS.API.CONSUMER.CREATE.${stream}`, `$JS.API.CONSUMER.CREATE.${stream}.*.>`] : []),
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
    `$JS.API.CONSUMER.DELETE.${stream}.*`,
  ];
}

/** Dropping history is one service's task: it deletes by subject, which NATS can't limit either. */
function compactionCalls(): readonly string[] {
  return [busStreams.state, busStreams.leases].flatMap((stream) => [
    `$JS.API.STREAM.PURGE.${stream}`,
    `${busStreams.control}.floor.${stream}`,
    ...(stream === busStreams.leases ? readCalls(stream) : []),
  ]);
}
