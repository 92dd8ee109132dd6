/** Whether a JSON value has the type and format that a scalar of a structural schema asks for. */
import type { ScalarNode } from '../schema-node.ts';

/** The type or format that the value should have had; `undefined` when it has it. Formats that are only hints are not checked. */
export function scalarTypeComplaint(value: unknown, { type, format }: ScalarNode): string | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? formatComplaint(value, format) : 'string';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'boolean';
    case 'number':
      return typeof value === 'number' ? undefined : 'number';
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'integer';
      return format === 'int32' && Math.trunc(value / 2 ** 31) !== 0 && value !== -(2 ** 31) ? 'int32' : undefined;
    case 'int-or-string':
      return typeof value === 'string' || Number.isInteger(value) ? undefined : 'integer,string';
  }
}

const dateTimePattern = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const uuidPattern = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function formatComplaint(value: string, format: string | undefined): string | undefined {
  switch (format) {
    case 'date-time':
      return dateTimePattern.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : format;
    case 'date':
      return datePattern.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : format;
    case 'byte':
      return base64Pattern.test(value) ? undefined : format;
    case 'uuid':
      return uuidPattern.test(value) ? undefined : format;
    case 'uri':
      return URL.canParse(value) ? undefined : format;
    default:
      return undefined;
  }
}
