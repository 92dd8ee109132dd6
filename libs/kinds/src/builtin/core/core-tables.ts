import { age, containerCells, labelsText, none, tableOf } from '../table/columns.ts';
import { ageOf } from '../table/human-duration.ts';
import type { KubeObject, ObjectMeta } from '../../kube-object.ts';
import type { ClaimSpec } from './claim-validation.ts';
import type { PodTemplateSpec } from './pod-types.ts';

export const podTemplateTable = tableOf(['Containers', 'Images', 'Pod Labels'], (object) => {
  const template = object['template'] as PodTemplateSpec | undefined;
  return [...containerCells(template?.spec?.containers), labelsText(template?.metadata?.labels)];
});

export const replicationControllerTable = tableOf(
  ['Desired:integer', 'Current:integer', 'Ready:integer', 'Age', 'Containers*', 'Images*', 'Selector*'],
  (object, nowMs) => {
    const spec = object['spec'] as {
      replicas?: number;
      selector?: Record<string, string>;
      template?: PodTemplateSpec;
    };
    const status = (object['status'] ?? {}) as { replicas?: number; readyReplicas?: number };
    return [
      spec.replicas ?? 0,
      status.replicas ?? 0,
      status.readyReplicas ?? 0,
      age(object, nowMs),
      ...containerCells(spec.template?.spec?.containers),
      labelsText(spec.selector),
    ];
  },
);

interface NodeStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  readonly nodeInfo?: {
    readonly kubeletVersion?: string;
    readonly osImage?: string;
    readonly kernelVersion?: string;
    readonly containerRuntimeVersion?: string;
  };
}

export const nodeTable = tableOf(
  [
    'Status',
    'Roles',
    'Age',
    'Version',
    'Internal-IP*',
    'External-IP*',
    'OS-Image*',
    'Kernel-Version*',
    'Container-Runtime*',
  ],
  (object, nowMs) => {
    const status = (object['status'] ?? {}) as NodeStatus;
    const info = status.nodeInfo ?? {};
    return [
      nodeState(object, status),
      nodeRoles(object.metadata),
      age(object, nowMs),
      info.kubeletVersion ?? '',
      addressOf(status, 'InternalIP'),
      addressOf(status, 'ExternalIP'),
      orUnknown(info.osImage),
      orUnknown(info.kernelVersion),
      orUnknown(info.containerRuntimeVersion),
    ];
  },
);

function nodeState(object: KubeObject, status: NodeStatus): string {
  const ready = status.conditions?.find((condition) => condition.type === 'Ready');
  let state = 'Unknown';
  if (ready !== undefined) state = ready.status === 'True' ? 'Ready' : 'NotReady';
  const isUnschedulable = (object['spec'] as { unschedulable?: boolean } | undefined)?.unschedulable === true;
  return isUnschedulable ? `${state},SchedulingDisabled` : state;
}

const rolePrefix = 'node-role.kubernetes.io/';

function nodeRoles(metadata: ObjectMeta): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) roles.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return roles.size === 0 ? none : [...roles].toSorted().join(',');
}

function addressOf(status: NodeStatus, type: string): string {
  return status.addresses?.find((address) => address.type === type)?.address ?? none;
}

function orUnknown(text: string | undefined): string {
  return text === undefined || text === '' ? '<unknown>' : text;
}

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function modesText(modes: readonly string[] | undefined): string {
  return Object.keys(shortModes)
    .filter((mode) => modes?.includes(mode) === true)
    .map((mode) => shortModes[mode])
    .join(',');
}

export const claimTable = tableOf(
  ['Status', 'Volume', 'Capacity', 'Access Modes', 'StorageClass', 'VolumeAttributesClass', 'Age', 'VolumeMode*'],
  (object, nowMs) => {
    const spec = (object['spec'] ?? {}) as ClaimSpec;
    const status = (object['status'] ?? {}) as {
      phase?: string;
      accessModes?: string[];
      capacity?: Record<string, string>;
    };
    const isBound = (spec.volumeName ?? '') !== '';
    return [
      object.metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
      spec.volumeName ?? '',
      isBound ? (status.capacity?.['storage'] ?? '0') : '',
      isBound ? modesText(status.accessModes) : '',
      spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      age(object, nowMs),
      spec.volumeMode ?? '<unset>',
    ];
  },
);

export const volumeTable = tableOf(
  [
    'Capacity',
    'Access Modes',
    'Reclaim Policy',
    'Status',
    'Claim',
    'StorageClass',
    'VolumeAttributesClass',
    'Reason',
    'Age',
    'VolumeMode*',
  ],
  (object, nowMs) => {
    const spec = (object['spec'] ?? {}) as ClaimSpec & {
      capacity?: Record<string, string>;
      persistentVolumeReclaimPolicy?: string;
      claimRef?: { namespace?: string; name?: string };
    };
    const status = (object['status'] ?? {}) as { phase?: string; reason?: string };
    return [
      spec.capacity?.['storage'] ?? '0',
      modesText(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? '',
      object.metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
      spec.claimRef === undefined ? '' : `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`,
      spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      status.reason ?? '',
      age(object, nowMs),
      spec.volumeMode ?? '<unset>',
    ];
  },
);

export const resourceQuotaTable = tableOf(['Request', 'Limit', 'Age'], (object, nowMs) => {
  const status = (object['status'] ?? {}) as { hard?: Record<string, string>; used?: Record<string, string> };
  const requests: string[] = [];
  const limits: string[] = [];
  for (const name of Object.keys(status.hard ?? {}).toSorted()) {
    const text = `${name}: ${status.used?.[name] ?? '0'}/${status.hard?.[name] ?? '0'}`;
    (name.startsWith('limits.') ? limits : requests).push(text);
  }
  return [requests.join(', '), limits.join(', '), age(object, nowMs)];
});

interface EndpointSubset {
  readonly addresses?: readonly { readonly ip?: string }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
}

const endpointsShownMax = 3;

export const endpointsTable = tableOf(['Endpoints', 'Age'], (object, nowMs) => {
  const all = ((object['subsets'] ?? []) as readonly EndpointSubset[]).flatMap((subset) => {
    const addresses = (subset.addresses ?? []).map((address) => address.ip ?? '');
    if ((subset.ports ?? []).length === 0) return addresses;
    return (subset.ports ?? []).flatMap((port) => addresses.map((ip) => joinHostPort(ip, port.port ?? 0)));
  });
  if (all.length === 0) return [none, age(object, nowMs)];
  const shown = all.slice(0, endpointsShownMax).join(',');
  const more = all.length - endpointsShownMax;
  return [more > 0 ? `${shown} + ${more} more...` : shown, age(object, nowMs)];
});

function joinHostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

export interface EventParts {
  readonly involvedObject?: EventSubject;
  readonly regarding?: EventSubject;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly note?: string;
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly deprecatedSource?: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
  readonly reportingController?: string;
  readonly reportingInstance?: string;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly deprecatedFirstTimestamp?: string | null;
  readonly deprecatedLastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly count?: number;
  readonly deprecatedCount?: number;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

interface EventSubject {
  readonly kind?: string;
  readonly name?: string;
  readonly fieldPath?: string;
}

const eventColumns = ['Type', 'Reason', 'Object', 'Subobject*', 'Source*', 'Message', 'First Seen*', 'Count*'] as const;

const namedEvents = tableOf(eventColumns, () => []);

/** Events of both API groups: they are the same objects under other field names. The name comes last. */
export const eventTable = {
  columns: [
    { name: 'Last Seen', type: 'string', priority: 0 } as const,
    ...namedEvents.columns.slice(1),
    { name: 'Name', type: 'string', format: 'name', priority: 1 } as const,
  ],
  printRow(object: KubeObject, nowMs: number) {
    const event = object as EventParts & KubeObject;
    const first = event.firstTimestamp ?? event.deprecatedFirstTimestamp ?? event.eventTime;
    const last =
      event.series?.lastObservedTime ??
      event.lastTimestamp ??
      event.deprecatedLastTimestamp ??
      event.eventTime ??
      first;
    const subject = event.involvedObject ?? event.regarding ?? {};
    const source = event.source ?? event.deprecatedSource ?? {};
    return [
      ageOf(last, nowMs),
      event.type ?? '',
      event.reason ?? '',
      `${(subject.kind ?? '').toLowerCase()}/${subject.name ?? ''}`,
      subject.fieldPath ?? '',
      sourceText(event, source),
      (event.message ?? event.note ?? '').trim(),
      ageOf(first, nowMs),
      event.series?.count ?? event.count ?? event.deprecatedCount ?? 1,
      event.metadata.name ?? '',
    ];
  },
};

function sourceText(event: EventParts, source: { readonly component?: string; readonly host?: string }): string {
  const component = source.component ?? event.reportingComponent ?? event.reportingController ?? '';
  const instance = source.host ?? event.reportingInstance ?? '';
  return instance === '' ? component : `${component}, ${instance}`;
}
