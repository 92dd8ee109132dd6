import { defaultPullPolicy } from './image-reference.ts';
import type { Container, EnvVar, Handler, Probe } from './pod-types.ts';

export function setContainerDefaults(container: Container): void {
  container.imagePullPolicy ??= defaultPullPolicy(container.image);
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  for (const variable of container.env ?? []) setEnvDefaults(variable);
  setProbeDefaults(container.livenessProbe);
  setProbeDefaults(container.readinessProbe);
  setProbeDefaults(container.startupProbe);
  setHandlerDefaults(container.lifecycle?.postStart);
  setHandlerDefaults(container.lifecycle?.preStop);
}

function setEnvDefaults(variable: EnvVar): void {
  const source = variable.valueFrom;
  if (source?.fieldRef !== undefined) source.fieldRef.apiVersion ??= 'v1';
  if (source?.resourceFieldRef !== undefined) source.resourceFieldRef.divisor ??= '0';
  if (source?.fileKeyRef !== undefined) source.fileKeyRef.optional ??= false;
}

function setProbeDefaults(probe: Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
  setHandlerDefaults(probe);
}

function setHandlerDefaults(handler: Handler | undefined): void {
  if (handler?.httpGet === undefined) return;
  handler.httpGet.path ??= '/';
  handler.httpGet.scheme ??= 'HTTP';
}
