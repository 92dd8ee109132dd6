import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectChange, ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { isSameJson } from '../model/json-equality.ts';
import { controllerReference, creation, deletion, replacement } from '../model/object-write.ts';
import { isDeleting, isFinished, isReady, podOf, type Pod } from '../model/pod.ts';
import { endpoints, endpointSlices, nodes, pods, services } from '../model/resources.ts';
import { contentHash } from '../model/safe-name.ts';
import { timestamp } from '../model/timestamp.ts';
import { itself, nothing, type Controller, type Decision, type ObjectName, type Round } from '../runner/controller.ts';
import type { Service, ServicePort } from './service.ts';

const sliceSize = 100;
const zoneLabel = 'topology.kubernetes.io/zone';

/** Which pods stand behind each Service: Endpoints, and EndpointSlices of a hundred. */
export function createEndpointsController(): Controller {
  /** The view of the last round: pods are matched with the Services that there are. */
  let servicesOf: (change: ObjectChange) => readonly ObjectName[] = () => [];
  return {
    name: 'endpoints',
    watches: [itself(services), { resource: pods, keysOf: (change) => (isRelevant(change) ? servicesOf(change) : []) }],
    open(round) {
      servicesOf = ({ object, previous }) => [
        ...round.view.servicesSelecting(object.namespace, object.object.metadata.labels),
        ...(previous === undefined || previous.object.metadata.labels === object.object.metadata.labels
          ? []
          : round.view.servicesSelecting(previous.namespace, previous.object.metadata.labels)),
      ];
      return (key) => decide(key, round);
    },
  };
}

/** Pods without an address stand behind nothing. */
function isRelevant({ object, previous }: ObjectChange): boolean {
  return (
    podOf(object).status?.podIP !== undefined || (previous !== undefined && podOf(previous).status?.podIP !== undefined)
  );
}

function decide({ namespace, name }: ObjectName, round: Round): Decision {
  const stored = round.view.get(services, namespace, name);
  if (stored === undefined) return { writes: leftOver(namespace, name, round) };
  const service = stored.object as Service;
  const { selector, type } = service.spec;
  if (type === 'ExternalName' || selector === undefined || Object.keys(selector).length === 0 || isDeleting(service))
    return nothing;
  const backends = round.view
    .podsWithLabels(namespace, selector)
    .map(podOf)
    .filter((pod) => pod.status?.podIP !== undefined && !isFinished(pod));
  return { writes: [...endpointsWrites(service, backends, round), ...sliceWrites(service, backends, round)] };
}

/** Slices go with their Service by their owner; Endpoints only by their name. */
function leftOver(namespace: string, name: string, { view, nowMs }: Round): readonly ObjectWrite[] {
  const stored = view.get(endpoints, namespace, name);
  return stored === undefined ? [] : deletion(stored, nowMs);
}

function endpointsWrites(service: Service, backends: readonly Pod[], round: Round): readonly ObjectWrite[] {
  const publishesAll = service.spec.publishNotReadyAddresses === true;
  const up = backends.filter((pod) => publishesAll || isServing(pod));
  const down = backends.filter((pod) => !publishesAll && !isServing(pod));
  const ports = (service.spec.ports ?? []).map((port) => endpointPort(port, backends[0]));
  const subset = {
    ...(up.length > 0 && { addresses: up.map(addressOf) }),
    ...(down.length > 0 && { notReadyAddresses: down.map(addressOf) }),
    ...(ports.length > 0 && { ports }),
  };
  const content = backends.length === 0 ? {} : { subsets: [subset] };
  const { name = '', namespace = '', labels } = service.metadata;
  const object = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, ...(labels !== undefined && { labels }) },
    ...content,
  };
  return put(endpoints, object, round, ['subsets']);
}

function sliceWrites(service: Service, backends: readonly Pod[], round: Round): readonly ObjectWrite[] {
  const { name = '', namespace = '', labels } = service.metadata;
  const count = Math.max(1, Math.ceil(backends.length / sliceSize));
  const writes: ObjectWrite[] = [];
  for (let index = 0; index < count; index += 1) {
    const part = backends.slice(index * sliceSize, (index + 1) * sliceSize);
    const object = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: sliceName(service, index),
        generateName: `${name}-`,
        namespace,
        labels: {
          ...labels,
          'kubernetes.io/service-name': name,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [controllerReference(service)],
      },
      addressType: 'IPv4',
      endpoints: part.map((pod) => sliceEndpoint(service, pod, round)),
      ports: (service.spec.ports ?? []).map((port) => ({ name: '', ...endpointPort(port, backends[0]) })),
    };
    writes.push(...put(endpointSlices, object, round, ['endpoints', 'ports']));
  }
  for (let index = count; ; index += 1) {
    const spare = round.view.get(endpointSlices, namespace, sliceName(service, index));
    if (spare === undefined) return writes;
    writes.push(...deletion(spare, round.nowMs));
  }
}

function sliceName({ metadata }: Service, index: number): string {
  return `${metadata.name ?? ''}-${contentHash(`${metadata.uid ?? ''}/${index}`).slice(0, 5)}`;
}

function put(
  resource: ResourceId,
  wanted: KubeObject,
  round: Round,
  fields: readonly string[],
): readonly ObjectWrite[] {
  const { namespace = '', name = '' } = wanted.metadata;
  const stored = round.view.get(resource, namespace, name);
  if (stored !== undefined) return update(stored, wanted, fields);
  const metadata = { ...wanted.metadata, uid: round.newUid(), creationTimestamp: timestamp(round.nowMs) };
  return [creation(resource, { ...wanted, metadata })];
}

function update(stored: StoredObject, wanted: KubeObject, fields: readonly string[]): readonly ObjectWrite[] {
  const { object } = stored;
  const isSame =
    fields.every((field) => isSameJson(object[field], wanted[field])) &&
    isSameJson(object.metadata.labels, wanted.metadata.labels);
  if (isSame || isDeleting(object)) return [];
  const { labels } = wanted.metadata;
  return [
    replacement(stored, { ...wanted, metadata: { ...object.metadata, ...(labels !== undefined && { labels }) } }),
  ];
}

function isServing(pod: Pod): boolean {
  return isReady(pod) && !isDeleting(pod);
}

function addressOf({ metadata, spec, status }: Pod): object {
  return {
    ip: status?.podIP ?? '',
    ...(spec.nodeName !== undefined && { nodeName: spec.nodeName }),
    targetRef: podReference(metadata),
  };
}

function podReference({ namespace, name, uid }: KubeObject['metadata']): object {
  return { kind: 'Pod', namespace, name, uid };
}

function sliceEndpoint({ spec }: Service, pod: Pod, { view }: Round): object {
  const { metadata, status } = pod;
  const nodeName = pod.spec.nodeName ?? '';
  const zone = view.get(nodes, '', nodeName)?.object.metadata.labels?.[zoneLabel];
  return {
    addresses: [status?.podIP ?? ''],
    conditions: {
      ready: spec.publishNotReadyAddresses === true || isServing(pod),
      serving: isReady(pod),
      terminating: isDeleting(pod),
    },
    nodeName,
    ...(zone !== undefined && { zone }),
    targetRef: podReference(metadata),
  };
}

function endpointPort({ name, port, protocol, targetPort }: ServicePort, pod: Pod | undefined): object {
  return {
    ...(name !== undefined && name !== '' && { name }),
    port: typeof targetPort === 'string' ? (namedPort(pod, targetPort) ?? port) : (targetPort ?? port),
    protocol: protocol ?? 'TCP',
  };
}

function namedPort(pod: Pod | undefined, name: string): number | undefined {
  for (const container of pod?.spec.containers ?? []) {
    const found = container.ports?.find((port) => port.name === name);
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}
