/**
 * Records what a real kube-apiserver makes of the objects in `libs/kinds/src/builtin/testdata`: `NAME.yaml` → `NAME.golden.json`, for all names or those given.
 * Each object is created in the namespace `golden` and deleted again. Meant for a server without controllers that is thrown away afterwards.
 *
 *   KUBE_TOKEN=… NODE_EXTRA_CA_CERTS=ca.crt node scripts/bootstrap.mjs scripts/record-kinds.ts https://HOST:PORT [NAME…]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { without } from '@flotilla/kinds/builtin/without';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { parseApiVersion, type KubeObject } from '@flotilla/kinds/kube-object';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';

const folder = join(import.meta.dirname, '..', 'libs', 'kinds', 'src', 'builtin', 'testdata');
const registry = createKindRegistry(createBuiltinKinds({ readDocument: readOpenApiDocument }));
const namespace = 'golden';
const [server] = process.argv.slice(2);
if (server === undefined) throw new Error('name the server to ask');

async function ask(method: string, path: string, body?: unknown, accept = 'application/json') {
  const response = await fetch(`${server}${path}`, {
    method,
    headers: {
      accept,
      'content-type': 'application/json',
      authorization: `Bearer ${process.env['KUBE_TOKEN'] ?? ''}`,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { code: response.status, body: (await response.json()) as Record<string, unknown> };
}

function collectionPath(object: KubeObject): string {
  const { group, version } = parseApiVersion(object.apiVersion);
  const kind = registry.byKind(group, version, object.kind);
  if (kind === undefined) throw new Error(`${object.kind} is not served`);
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const inNamespace = kind.isNamespaced ? `/namespaces/${object.metadata.namespace ?? namespace}` : '';
  return `${root}${inNamespace}/${kind.plural}`;
}

const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io';

async function recordObject(input: KubeObject): Promise<unknown> {
  const path = collectionPath(input);
  const created = await ask('POST', `${path}?fieldValidation=Strict`, input);
  if (created.code !== 201) return { input, code: created.code, status: withoutKind(created.body) };
  const one = `${path}/${input.metadata.name}`;
  const table = await ask('GET', one, undefined, tableType);
  await remove(one);
  const rows = table.body['rows'] as { cells: unknown[] }[] | undefined;
  return { input, output: withoutManagedFields(created.body), cells: rows?.[0]?.cells };
}

/** Nothing on that server would ever remove a finalizer. */
async function remove(path: string): Promise<void> {
  await ask('DELETE', `${path}?gracePeriodSeconds=0&propagationPolicy=Background`);
  const left = await ask('GET', path);
  if (left.code === 404) return;
  const metadata = without(left.body['metadata'] as object, 'finalizers');
  const freed = { ...left.body, metadata, ...(left.body['kind'] === 'Namespace' && { spec: {} }) };
  await ask('PUT', left.body['kind'] === 'Namespace' ? `${path}/finalize` : path, freed);
}

interface Update {
  readonly old: KubeObject;
  readonly new: KubeObject;
}

async function recordUpdate(update: Update): Promise<unknown> {
  const path = collectionPath(update.old);
  const created = await ask('POST', path, update.old);
  const one = `${path}/${update.old.metadata.name}`;
  const { uid } = created.body['metadata'] as { uid: string };
  if (update.old.kind === 'CustomResourceDefinition') await new Promise((resolve) => setTimeout(resolve, 3000));
  const current = await ask('GET', one);
  const { resourceVersion } = current.body['metadata'] as { resourceVersion: string };
  const answer = await ask('PUT', one, { ...update.new, metadata: { ...update.new.metadata, resourceVersion } });
  await remove(one);
  return { ...update, uid, code: answer.code, status: withoutKind(answer.body) };
}

interface Versioned {
  readonly input: KubeObject;
  /** Written through its own door, in the version of the input. */
  readonly status?: unknown;
}

/** Also writes the object as the least preferred version shows it, through both doors, and tells what the most preferred one then shows. */
async function recordVersions({ input, status }: Versioned): Promise<unknown> {
  const path = collectionPath(input);
  const { group, version: inputVersion } = parseApiVersion(input.apiVersion);
  const inVersion = (version: string): string =>
    `${path.replace(`/${group}/${inputVersion}/`, `/${group}/${version}/`)}/${input.metadata.name}`;
  const created = await ask('POST', path, input);
  if (status !== undefined) await ask('PUT', `${inVersion(inputVersion)}/status`, { ...created.body, status });
  const versions = registry.versions(group, path.slice(path.lastIndexOf('/') + 1)).map(({ version }) => version);
  const outputs: Record<string, unknown>[] = [];
  for (const version of versions) outputs.push((await ask('GET', inVersion(version))).body);
  const last = inVersion(versions.at(-1) ?? inputVersion);
  const written = await ask('PUT', last, outputs.at(-1));
  const { resourceVersion } = written.body['metadata'] as { resourceVersion: string };
  const again = outputs.at(-1) ?? {};
  await ask('PUT', `${last}/status`, { ...again, metadata: { ...(again['metadata'] as object), resourceVersion } });
  const returned = await ask('GET', inVersion(versions[0] ?? inputVersion));
  await remove(last);
  return { input, outputs: outputs.map(withoutManagedFields), returned: withoutManagedFields(returned.body) };
}

function withoutKind({ code, reason, message, details }: Record<string, unknown>): unknown {
  return { code, reason, message, details };
}

/** Finalizers come from admission plugins, not from the kind. */
function withoutManagedFields(object: Record<string, unknown>): unknown {
  const metadata = without(object['metadata'] as object, 'managedFields', 'resourceVersion', 'finalizers');
  return { ...object, metadata };
}

await ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
const recorders = {
  objects: (input: unknown) => recordObject(input as KubeObject),
  invalid: (input: unknown) => recordObject(input as KubeObject),
  updates: (input: unknown) => recordUpdate(input as Update),
  versions: (input: unknown) => recordVersions(input as Versioned),
};
const [, ...names] = process.argv.slice(2);
for (const name of ['objects', 'invalid', 'updates', 'versions'] as const) {
  if (names.length > 0 && !names.includes(name)) continue;
  const documents = parseAllDocuments(readFileSync(join(folder, `${name}.yaml`), 'utf8'), { merge: true });
  const records: unknown[] = [];
  const inputs =
    name === 'versions' ? (documents[0]?.toJS() as readonly unknown[]) : documents.map((one) => one.toJS());
  for (const input of inputs) records.push(await recorders[name](input));
  const lines = records.map((record) => JSON.stringify(record));
  writeFileSync(join(folder, `${name}.golden.json`), `[\n${lines.join(',\n')}\n]\n`);
  console.log(`${name}: ${records.length} objects`);
}
