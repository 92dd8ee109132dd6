/**
 * Records what a real kube-apiserver makes of custom kinds: the cells it prints (`printer-columns.yaml`) and what its validation rules say
 * (`validation-rules.yaml`), both in `libs/kinds/src/crd/testdata`, each into `NAME.golden.json`. Meant for a server that is thrown away afterwards.
 *
 *   KUBE_TOKEN=… NODE_EXTRA_CA_CERTS=ca.crt node scripts/bootstrap.mjs scripts/record-custom-kinds.ts https://HOST:PORT
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';

type Json = Readonly<Record<string, unknown>>;

interface ColumnsInput {
  readonly columns: readonly { readonly type: string; readonly jsonPath: string }[];
  readonly object: Json & { readonly metadata: Json & { readonly name: string } };
}

interface RuleInput {
  readonly name: string;
  readonly spec: Json;
  readonly old?: unknown;
  readonly new: unknown;
}

const folder = join(import.meta.dirname, '..', 'libs', 'kinds', 'src', 'crd', 'testdata');
const group = 'recorded.example.com';
/** Longer than a server takes to serve what was just defined. */
const servingDelayMs = 4000;
const [server] = process.argv.slice(2);
if (server === undefined) throw new Error('name the server to ask');

interface Answer {
  readonly code: number;
  readonly date: string;
  readonly body: Json;
}

async function ask(method: string, path: string, body?: unknown, accept = 'application/json'): Promise<Answer> {
  const response = await fetch(`${server}${path}`, {
    method,
    headers: {
      accept,
      'content-type': 'application/json',
      authorization: `Bearer ${process.env['KUBE_TOKEN'] ?? ''}`,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return {
    code: response.status,
    date: response.headers.get('date') ?? '',
    body: (await response.json()) as Json,
  };
}

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** `plural` is unique among all that is recorded. */
async function define(plural: string, version: Json): Promise<Answer> {
  const kind = `K${plural}`;
  return ask('POST', definitionsPath, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: plural, kind, listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, ...version }],
    },
  });
}

function objectsPath(plural: string): string {
  return `/apis/${group}/v1/namespaces/default/${plural}`;
}

function objectOf(plural: string, fields: Json): Json {
  return { apiVersion: `${group}/v1`, kind: `K${plural}`, metadata: { name: 'recorded' }, ...fields };
}

async function undefine(plural: string): Promise<void> {
  await ask('DELETE', `${objectsPath(plural)}/recorded`);
  await ask('DELETE', `${definitionsPath}/${plural}.${group}`);
}

function readInput<T>(name: string): T {
  return parse(readFileSync(join(folder, `${name}.yaml`), 'utf8')) as T;
}

function writeLines(name: string, records: readonly unknown[]): void {
  writeFileSync(
    join(folder, `${name}.golden.json`),
    `[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]\n`,
  );
  console.log(`${name}: ${records.length} records`);
}

async function recordColumns(): Promise<void> {
  const { columns, object } = readInput<ColumnsInput>('printer-columns');
  const plural = 'columns';
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const defined = await define(plural, {
    schema,
    additionalPrinterColumns: columns.map((column, index) => ({ name: `C${index}`, ...column })),
  });
  if (defined.code !== 201) throw new Error(JSON.stringify(defined.body));
  await delay(servingDelayMs);
  const { metadata, ...fields } = object;
  const input = objectOf(plural, { ...fields, metadata: { ...metadata, name: 'recorded' } });
  const created = await ask('POST', objectsPath(plural), input);
  if (created.code !== 201) throw new Error(JSON.stringify(created.body));
  const table = await ask(
    'GET',
    `${objectsPath(plural)}/recorded`,
    undefined,
    'application/json;as=Table;v=v1;g=meta.k8s.io',
  );
  await undefine(plural);
  const [row] = table.body['rows'] as readonly { readonly cells: readonly unknown[] }[];
  const at = new Date(table.date).toISOString();
  writeLines(
    'printer-columns',
    columns.map((column, index) => ({ ...column, at, cell: row?.cells[index + 1] })),
  );
}

async function recordRules(): Promise<void> {
  const cases = readInput<readonly RuleInput[]>('validation-rules');
  const definitions: Answer[] = [];
  for (const [index, { spec }] of cases.entries()) {
    const openAPIV3Schema = { type: 'object', properties: { spec } };
    definitions.push(await define(`rule${index}s`, { schema: { openAPIV3Schema } }));
  }
  await delay(servingDelayMs);
  const records: unknown[] = [];
  for (const [index, input] of cases.entries()) {
    const definition = definitions[index];
    const plural = `rule${index}s`;
    const isDefined = definition?.code === 201;
    const answer = isDefined ? await recordRule(plural, input) : definition;
    records.push({ name: input.name, isDefined, code: answer?.code, causes: causesOf(answer?.body) });
    if (isDefined) await undefine(plural);
  }
  writeLines('validation-rules', records);
}

async function recordRule(plural: string, input: RuleInput): Promise<Answer> {
  const first = await ask('POST', objectsPath(plural), objectOf(plural, { spec: input.old ?? input.new }));
  if (input.old === undefined || first.code !== 201) return first;
  return ask('PUT', `${objectsPath(plural)}/recorded`, { ...first.body, spec: input.new });
}

/** Only what is refused has causes. */
function causesOf(body: Json | undefined): unknown {
  if (body?.['kind'] !== 'Status') return undefined;
  const details = body['details'] as { readonly causes?: unknown } | undefined;
  return details?.causes ?? [{ message: body['message'] }];
}

await recordColumns();
if (existsSync(join(folder, 'validation-rules.yaml'))) await recordRules();
