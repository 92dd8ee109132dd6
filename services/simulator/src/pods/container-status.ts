import type { Container } from '@flotilla/kinds/builtin/core/pod-types';
import type { ContainerStatus, Pod } from '../model/pod.ts';
import { contentHash } from '../model/safe-name.ts';

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly startedAt: string }
  | { readonly kind: 'crashed'; readonly startedAt: string; readonly finishedAt: string; readonly backOff: string }
  | { readonly kind: 'ended'; readonly startedAt: string; readonly finishedAt: string; readonly exitCode: number };

/** Statuses of a pod's containers when all of them are in one state. */
export function containerStatuses(pod: Pod, state: ContainerState, restartCount: number): readonly ContainerStatus[] {
  return (pod.spec.containers ?? []).map((container) => statusOf(pod, container, state, restartCount));
}

/** Init containers have done their work; those that restart always keep running. */
export function initContainerStatuses(pod: Pod, startedAt: string): readonly ContainerStatus[] {
  return (pod.spec.initContainers ?? []).map((container) =>
    container.restartPolicy === 'Always'
      ? statusOf(pod, container, { kind: 'running', startedAt }, 0)
      : {
          ...statusOf(pod, container, { kind: 'ended', startedAt, finishedAt: startedAt, exitCode: 0 }, 0),
          ready: true,
        },
  );
}

function statusOf(pod: Pod, container: Container, state: ContainerState, restartCount: number): ContainerStatus {
  const { name = '', image = '' } = container;
  const isRunning = state.kind === 'running';
  const containerID = `containerd://${contentHash(`${pod.metadata.uid}/${name}/${restartCount}`)}`;
  return {
    name,
    image,
    imageID: `${image}@simulated`,
    ready: isRunning,
    started: isRunning,
    restartCount,
    ...(state.kind !== 'waiting' && { containerID }),
    ...stateFields(state, containerID),
  };
}

function stateFields(state: ContainerState, containerID: string): Pick<ContainerStatus, 'state' | 'lastState'> {
  switch (state.kind) {
    case 'waiting': {
      const { reason, message } = state;
      return { state: { waiting: { reason, ...(message !== undefined && { message }) } }, lastState: {} };
    }
    case 'running':
      return { state: { running: { startedAt: state.startedAt } }, lastState: {} };
    case 'crashed': {
      const { startedAt, finishedAt, backOff } = state;
      const message = `back-off ${backOff} restarting failed container`;
      return {
        state: { waiting: { reason: 'CrashLoopBackOff', message } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt, finishedAt, containerID } },
      };
    }
    case 'ended': {
      const { startedAt, finishedAt, exitCode } = state;
      const reason = exitCode === 0 ? 'Completed' : 'Error';
      return { state: { terminated: { exitCode, reason, startedAt, finishedAt, containerID } }, lastState: {} };
    }
  }
}
