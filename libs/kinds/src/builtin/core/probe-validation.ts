import { forbiddenValue, invalidValue, requiredValue } from '../../field-error.ts';
import { checkNonNegative, checkOneOf, checkPort, type Errors } from '../errors.ts';
import { checkPortName } from '../port-name.ts';
import type { Handler, HttpGetAction, Probe } from './pod-types.ts';

/** `once`: the probe must pass exactly once, as liveness and startup do. */
export function validateProbe(errors: Errors, probe: Probe | undefined, path: string, success: 'once' | 'often'): void {
  if (probe === undefined) return;
  validateHandler(errors, probe, path);
  checkNonNegative(errors, `${path}.initialDelaySeconds`, probe.initialDelaySeconds);
  checkNonNegative(errors, `${path}.timeoutSeconds`, probe.timeoutSeconds);
  checkNonNegative(errors, `${path}.periodSeconds`, probe.periodSeconds);
  checkNonNegative(errors, `${path}.successThreshold`, probe.successThreshold);
  checkNonNegative(errors, `${path}.failureThreshold`, probe.failureThreshold);
  if (success === 'once' && probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    errors.push(invalidValue(`${path}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  if (probe.terminationGracePeriodSeconds !== undefined && probe.terminationGracePeriodSeconds <= 0) {
    errors.push(
      invalidValue(
        `${path}.terminationGracePeriodSeconds`,
        probe.terminationGracePeriodSeconds,
        'must be greater than 0',
      ),
    );
  }
}

const handlerFields = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

export function validateHandler(errors: Errors, handler: Handler, path: string): void {
  const [first, ...extra] = handlerFields.filter((field) => handler[field] !== undefined);
  for (const field of extra)
    errors.push(forbiddenValue(`${path}.${field}`, 'may not specify more than 1 handler type'));
  switch (first) {
    case 'exec':
      if ((handler.exec?.command ?? []).length === 0) errors.push(requiredValue(`${path}.exec.command`));
      return;
    case 'httpGet':
      validateHttpGet(errors, handler.httpGet ?? {}, `${path}.httpGet`);
      return;
    case 'tcpSocket':
      checkPortNumberOrName(errors, `${path}.tcpSocket.port`, handler.tcpSocket?.port);
      return;
    case 'grpc':
      checkPort(errors, `${path}.grpc.port`, handler.grpc?.port ?? 0);
      return;
    case 'sleep':
      return;
    case undefined:
      errors.push(requiredValue(path, 'must specify a handler type'));
  }
}

function validateHttpGet(errors: Errors, action: HttpGetAction, path: string): void {
  if ((action.path ?? '') === '') errors.push(requiredValue(`${path}.path`));
  checkPortNumberOrName(errors, `${path}.port`, action.port);
  checkOneOf(errors, `${path}.scheme`, action.scheme, ['HTTP', 'HTTPS']);
}

export function checkPortNumberOrName(errors: Errors, field: string, port: number | string | undefined): void {
  if (typeof port === 'string') {
    for (const complaint of checkPortName(port)) errors.push(invalidValue(field, port, complaint));
  } else checkPort(errors, field, port ?? 0);
}
