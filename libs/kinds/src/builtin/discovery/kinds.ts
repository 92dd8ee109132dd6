import { invalidValue, requiredValue } from '../../field-error.ts';
import { age, none, tableOf, unset } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import { checkImmutable, checkOneOf, type Errors } from '../errors.ts';
import { ipText, isIpAddress, isIpv4 } from '../ip-address.ts';
import type { FieldError, KindDefinition, MutableKubeObject } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';

interface EndpointSlice {
  addressType?: string;
  endpoints?: { addresses?: string[] | null }[] | null;
  ports?: { name?: string; protocol?: string; port?: number | null }[] | null;
}

export function discoveryKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'discovery.k8s.io',
      version: 'v1',
      kind: 'EndpointSlice',
      plural: 'endpointslices',
      hasGeneration: true,
      applyDefaults: setEndpointSliceDefaults,
      validate: validateEndpointSlice,
      table: endpointSliceTable,
    }),
  ];
}

function setEndpointSliceDefaults(draft: MutableKubeObject): void {
  for (const port of (draft as MutableKubeObject & EndpointSlice).ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

const addressMax = 100;

function validateEndpointSlice(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const slice = object as KubeObject & EndpointSlice;
  const errors: Errors = [];
  checkOneOf(errors, 'addressType', slice.addressType, ['FQDN', 'IPv4', 'IPv6']);
  (slice.endpoints ?? []).forEach((endpoint, index) => {
    const path = `endpoints[${index}].addresses`;
    const addresses = endpoint.addresses ?? [];
    if (addresses.length === 0) errors.push(requiredValue(path, 'must contain at least 1 address'));
    if (addresses.length > addressMax) {
      errors.push({
        field: path,
        reason: 'FieldValueTooMany',
        message: `Too many: ${addresses.length}: must have at most ${addressMax} items`,
      });
    }
    addresses.forEach((address, position) => {
      const field = `${path}[${position}]`;
      if (slice.addressType === 'FQDN') return;
      if (!isIpAddress(address)) {
        errors.push(invalidValue(field, address, ipText));
      } else if (isIpv4(address) !== (slice.addressType === 'IPv4')) {
        errors.push(invalidValue(field, address, `must be an ${slice.addressType} address`));
      }
    });
  });
  if (old !== undefined) {
    checkImmutable(errors, 'addressType', slice.addressType, (old as KubeObject & EndpointSlice).addressType);
  }
  return errors;
}

const shownMax = 3;

const endpointSliceTable = tableOf(['AddressType', 'Ports', 'Endpoints', 'Age'], (object, nowMs) => {
  const slice = object as KubeObject & EndpointSlice;
  return [
    slice.addressType ?? '',
    portsText(slice.ports ?? []),
    endpointsText(slice.endpoints ?? []),
    age(object, nowMs),
  ];
});

function portsText(ports: readonly { name?: string; port?: number | null }[]): string {
  if (ports.length === 0) return unset;
  return listText(ports.map(({ port }) => (port === undefined || port === null ? '*' : String(port))));
}

function endpointsText(endpoints: readonly { addresses?: string[] | null }[]): string {
  const addresses = endpoints.flatMap((endpoint) => endpoint.addresses ?? []);
  return addresses.length === 0 ? unset : listText(addresses);
}

function listText(items: readonly string[]): string {
  if (items.length === 0) return none;
  const shown = items.slice(0, shownMax).join(',');
  const more = items.length - shownMax;
  return more > 0 ? `${shown} + ${more} more...` : shown;
}
