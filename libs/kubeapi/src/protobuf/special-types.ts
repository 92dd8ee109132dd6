/**
 * Messages whose JSON form is not an object of their fields: quantities, times, raw JSON and the like. Each has a reading of the
 * decoded fields into JSON and a writing back.
 */
import { isList, isRecord, type JsonRecord } from '../patch/json-value.ts';
import { formatGoDuration, formatTime, parseGoDuration, parseTime } from './time-text.ts';

export interface SpecialType {
  /** `undefined`: the value is absent. */
  toJson(message: JsonRecord): unknown;
  fromJson(value: unknown): JsonRecord;
}

const META = 'k8s.io.apimachinery.pkg.apis.meta.v1';
const EXTENSIONS = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1';

const quantity: SpecialType = {
  toJson: ({ string }) => (typeof string === 'string' && string !== '' ? string : '0'),
  fromJson: (value) => ({ string: String(value) }),
};

const intOrString: SpecialType = {
  toJson: ({ type, intVal, strVal }) => (type === 1 ? (strVal ?? '') : (intVal ?? 0)),
  fromJson: (value) =>
    typeof value === 'number' ? { type: 0, intVal: value, strVal: '' } : { type: 1, intVal: 0, strVal: String(value) },
};

const time = (fractionDigits: 0 | 6): SpecialType => ({
  toJson: ({ seconds, nanos }) =>
    seconds === undefined ? undefined : formatTime(Number(seconds), Number(nanos ?? 0), fractionDigits),
  fromJson: (value) => (typeof value === 'string' ? parseTime(value, fractionDigits) : {}),
});

/** Bytes that are JSON text themselves. */
const rawJson = (field: string): SpecialType => ({
  toJson: (message) => {
    const bytes = message[field];
    return bytes instanceof Uint8Array && bytes.length > 0
      ? JSON.parse(Buffer.from(bytes).toString('utf8'))
      : undefined;
  },
  fromJson: (value) => ({ [field]: Buffer.from(JSON.stringify(value ?? null)) }),
});

/** A list in a message of its own. */
const wrappedList: SpecialType = {
  toJson: ({ items }) => items ?? [],
  fromJson: (value) => ({ items: isList(value) ? value : [] }),
};

const duration: SpecialType = {
  toJson: (message) => formatGoDuration(Number(message['duration'] ?? 0)),
  fromJson: (value) => ({ duration: parseGoDuration(String(value)) }),
};

const schemaOrBool: SpecialType = {
  toJson: ({ schema, allows }) => schema ?? allows === true,
  fromJson: (value) => (typeof value === 'boolean' ? { allows: value } : { allows: true, schema: value }),
};

const schemaOrArray: SpecialType = {
  toJson: ({ schema, jSONSchemas }) => schema ?? jSONSchemas ?? [],
  fromJson: (value) => (isList(value) ? { jSONSchemas: value } : { schema: value }),
};

const schemaOrStrings: SpecialType = {
  toJson: ({ schema, property }) => schema ?? property ?? [],
  fromJson: (value) => (isRecord(value) ? { schema: value } : { property: value }),
};

export const specialTypes: ReadonlyMap<string, SpecialType> = new Map([
  ['k8s.io.apimachinery.pkg.api.resource.Quantity', quantity],
  ['k8s.io.apimachinery.pkg.util.intstr.IntOrString', intOrString],
  ['k8s.io.apimachinery.pkg.runtime.RawExtension', rawJson('raw')],
  [`${META}.Time`, time(0)],
  [`${META}.MicroTime`, time(6)],
  [`${META}.FieldsV1`, rawJson('Raw')],
  [`${META}.Duration`, duration],
  [`${META}.Verbs`, wrappedList],
  ['k8s.io.api.authorization.v1.ExtraValue', wrappedList],
  ['k8s.io.api.authentication.v1.ExtraValue', wrappedList],
  ['k8s.io.api.certificates.v1.ExtraValue', wrappedList],
  [`${EXTENSIONS}.JSON`, rawJson('raw')],
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`, schemaOrBool],
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`, schemaOrArray],
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`, schemaOrStrings],
]);
