/** The status column of a pod summarises phases, container states and deletion the way kubectl users know it. */
import { ageOf } from '../table/human-duration.ts';
import { age, none, tableOf } from '../table/columns.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { Container, PodSpec } from './pod-types.ts';

interface ContainerStatus {
  readonly name?: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly reason?: string;
    readonly exitCode?: number;
    readonly signal?: number;
    readonly finishedAt?: string;
  };
}

interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip?: string }[];
  readonly nominatedNodeName?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

interface Summary {
  reason: string;
  readyContainers: number;
  totalContainers: number;
  restarts: number;
  lastRestart: string | undefined;
}

export const podTable = tableOf(
  ['Ready', 'Status', 'Restarts', 'Age', 'IP*', 'Node*', 'Nominated Node*', 'Readiness Gates*'],
  (object, nowMs) => {
    const spec = (object['spec'] ?? {}) as PodSpec & { readinessGates?: readonly { conditionType?: string }[] };
    const status = (object['status'] ?? {}) as PodStatus;
    const summary = summarise(object, spec, status);
    return [
      `${summary.readyContainers}/${summary.totalContainers}`,
      summary.reason,
      restartsText(summary, nowMs),
      age(object, nowMs),
      status.podIPs?.[0]?.ip ?? status.podIP ?? none,
      spec.nodeName ?? none,
      status.nominatedNodeName ?? none,
      readinessGatesText(spec.readinessGates ?? [], status),
    ];
  },
);

function summarise(object: KubeObject, spec: PodSpec, status: PodStatus): Summary {
  const summary: Summary = {
    reason: status.reason ?? status.phase ?? '',
    readyContainers: 0,
    totalContainers: spec.containers?.length ?? 0,
    restarts: 0,
    lastRestart: undefined,
  };
  const isGated = status.conditions?.some(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated',
  );
  if (isGated === true) summary.reason = 'SchedulingGated';
  const sidecars = new Map(
    (spec.initContainers ?? []).filter(isSidecar).map((container) => [container.name, container]),
  );
  const isInitializing = summariseInit(summary, spec, status, sidecars);
  if (!isInitializing || isInitialized(status)) summariseContainers(summary, status, sidecars);
  if (object.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') summary.reason = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') summary.reason = 'Terminating';
  }
  return summary;
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

function isInitialized(status: PodStatus): boolean {
  return status.conditions?.some((one) => one.type === 'Initialized' && one.status === 'True') === true;
}

/** True while an init container is what the pod waits for. */
function summariseInit(
  summary: Summary,
  spec: PodSpec,
  status: PodStatus,
  sidecars: ReadonlyMap<string | undefined, Container>,
): boolean {
  let isInitializing = false;
  for (const [index, container] of (status.initContainerStatuses ?? []).entries()) {
    const isRestartable = sidecars.has(container.name);
    summary.restarts += container.restartCount ?? 0;
    noteRestart(summary, container);
    if (isRestartable) {
      summary.totalContainers += 1;
      if (container.started === true && container.ready === true) summary.readyContainers += 1;
    }
    if (isInitializing) continue;
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0 && terminated !== undefined) continue;
    if (isRestartable && container.started === true) continue;
    if (terminated !== undefined) summary.reason = `Init:${terminatedText(terminated)}`;
    else if (waiting?.reason !== undefined && waiting.reason !== 'PodInitializing') {
      summary.reason = `Init:${waiting.reason}`;
    } else summary.reason = `Init:${index}/${spec.initContainers?.length ?? 0}`;
    isInitializing = true;
  }
  return isInitializing;
}

function summariseContainers(
  summary: Summary,
  status: PodStatus,
  sidecars: ReadonlyMap<string | undefined, Container>,
): void {
  if (sidecars.size === 0) {
    summary.restarts = 0;
    summary.lastRestart = undefined;
  }
  let hasRunning = false;
  for (const container of (status.containerStatuses ?? []).toReversed()) {
    summary.restarts += container.restartCount ?? 0;
    noteRestart(summary, container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason !== undefined && waiting.reason !== '') summary.reason = waiting.reason;
    else if (terminated !== undefined) summary.reason = terminatedText(terminated);
    else if (container.ready === true && running !== undefined) {
      hasRunning = true;
      summary.readyContainers += 1;
    }
  }
  if (summary.reason === 'Completed' && hasRunning) {
    const isReady = status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
    summary.reason = isReady ? 'Running' : 'NotReady';
  }
}

function terminatedText(terminated: NonNullable<ContainerState['terminated']>): string {
  if (terminated.reason !== undefined && terminated.reason !== '') return terminated.reason;
  return (terminated.signal ?? 0) !== 0 ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
}

function noteRestart(summary: Summary, container: ContainerStatus): void {
  const finishedAt = container.lastState?.terminated?.finishedAt;
  if (finishedAt !== undefined && (summary.lastRestart === undefined || finishedAt > summary.lastRestart)) {
    summary.lastRestart = finishedAt;
  }
}

function restartsText(summary: Summary, nowMs: number): string {
  if (summary.restarts === 0 || summary.lastRestart === undefined) return String(summary.restarts);
  return `${summary.restarts} (${ageOf(summary.lastRestart, nowMs)} ago)`;
}

function readinessGatesText(gates: readonly { conditionType?: string }[], status: PodStatus): string {
  if (gates.length === 0) return none;
  const passed = gates.filter((gate) =>
    status.conditions?.some((one) => one.type === gate.conditionType && one.status === 'True'),
  );
  return `${passed.length}/${gates.length}`;
}
