/**
 * Packs Kubernetes' published OpenAPI v3 documents for the kinds that Flotilla serves: `libs/kinds/openapi/<group>__<version>.json.br`.
 *
 *   node scripts/bootstrap.mjs scripts/generate-openapi.ts FOLDER              the `api/openapi-spec/v3` folder of a Kubernetes release
 *   node scripts/bootstrap.mjs scripts/generate-openapi.ts https://HOST:PORT   a running kube-apiserver (KUBE_TOKEN holds a bearer token, if one is needed)
 *   … --types PREFIX=FOLDER…                   Go sources of the API types, as io.k8s.api=…/k8s.io/api: adds what OpenAPI leaves out
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { openApiFileName } from '@flotilla/kinds/openapi-files';
import { servedGroupVersions } from '@flotilla/kinds/builtin/served-groups';
import { typeFactsOf } from './go-type-facts.ts';

const output = join(import.meta.dirname, '..', 'libs', 'kinds', 'openapi');

interface OpenApiDocument {
  readonly components: { readonly schemas: Readonly<Record<string, Component>> };
}

interface Component {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Property>>;
}

interface Property {
  readonly type?: string;
  readonly default?: unknown;
}

function documentPath(groupVersion: string): string {
  return groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
}

async function readSource(source: string, groupVersion: string): Promise<OpenApiDocument> {
  const path = documentPath(groupVersion);
  if (!source.startsWith('http')) {
    return JSON.parse(readFileSync(join(source, `${path.replaceAll('/', '__')}_openapi.json`), 'utf8'));
  }
  const token = process.env['KUBE_TOKEN'];
  const response = await fetch(`${source}/openapi/v3/${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`${groupVersion}: ${source} answered ${response.status}`);
  return (await response.json()) as OpenApiDocument;
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

/** Structures tell absent from empty through OpenAPI's own defaults; only scalars need the fact. */
function isScalar(property: Property | undefined): boolean {
  return property?.type !== undefined && property.type !== 'array' && property.type !== 'object';
}

function pack(text: string): Uint8Array {
  return brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
}

const [source, ...options] = process.argv.slice(2);
if (source === undefined) throw new Error('name the folder or the server to read from');
mkdirSync(output, { recursive: true });
let total = 0;
const components: Record<string, Component> = {};
for (const groupVersion of servedGroupVersions) {
  const document = await readSource(source, groupVersion);
  Object.assign(components, document.components.schemas);
  const packed = pack(JSON.stringify(document));
  writeFileSync(join(output, openApiFileName(groupVersion)), packed);
  total += packed.length;
}
console.log(`${servedGroupVersions.length} documents, ${Math.round(total / 1024)} KiB`);
if (options[0] === '--types') {
  const lines: string[] = [];
  for (const [name, facts] of Object.entries(typeFactsOf(options.slice(1)))) {
    const properties = components[name]?.properties ?? {};
    const pointers = facts.pointers.filter((field) => isScalar(properties[field]));
    const nulls = facts.nulls.filter((field) => properties[field] !== undefined);
    const omitted = facts.omitted.filter((field) => isZero(properties[field]?.default));
    if (pointers.length + nulls.length + omitted.length === 0) continue;
    lines.push(`${JSON.stringify(name)}:${JSON.stringify({ pointers, nulls, omitted })}`);
  }
  writeFileSync(join(output, 'type-facts.json'), `{\n${lines.join(',\n')}\n}\n`);
  console.log(`${lines.length} types with facts`);
}
