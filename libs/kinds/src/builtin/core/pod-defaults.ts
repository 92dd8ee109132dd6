/** What only real pods get, beyond what templates get too. */
import { setPodSpecDefaults } from './pod-spec-defaults.ts';
import type { Container, PodSpec } from './pod-types.ts';

export function setPodDefaults(spec: PodSpec): void {
  for (const container of spec.initContainers ?? []) requestLimits(container);
  for (const container of spec.containers ?? []) requestLimits(container);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) {
    for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) useHostPorts(container);
  }
  setPodSpecDefaults(spec);
}

/** A limit without a request is also the request. */
function requestLimits(container: Container): void {
  const { resources } = container;
  if (resources?.limits === undefined) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

function useHostPorts(container: Container): void {
  for (const port of container.ports ?? []) {
    if (port.containerPort !== undefined) port.hostPort ??= port.containerPort;
  }
}
