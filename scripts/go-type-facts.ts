/**
 * Three facts that OpenAPI doesn't tell about Kubernetes' types, read from the published Go type declarations: which optional scalars tell "absent"
 * from zero (pointers), which fields are printed as null when absent (lists, maps and pointers without `omitempty`), and which are left out when zero.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export interface TypeFacts {
  readonly pointers: readonly string[];
  readonly nulls: readonly string[];
  readonly omitted: readonly string[];
}

interface GoField {
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
}

interface GoStruct {
  readonly fields: readonly GoField[];
  readonly inlined: readonly string[];
}

/** Each source is `component-prefix=folder`, as `io.k8s.api=/…/k8s.io/api`. */
export function typeFactsOf(sources: readonly string[]): Record<string, TypeFacts> {
  const result: Record<string, TypeFacts> = {};
  for (const source of sources) {
    const [prefix = '', folder = ''] = source.split('=');
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/(^|\/)types[a-z_]*\.go$/.test(file)) continue;
      const packageName = [prefix, ...relative('.', join(file, '..')).split(sep)]
        .filter((part) => part !== '')
        .join('.');
      Object.assign(result, factsOfFile(readFileSync(join(folder, file), 'utf8'), packageName));
    }
  }
  return Object.fromEntries(Object.entries(result).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function factsOfFile(text: string, packageName: string): Record<string, TypeFacts> {
  const structs = new Map<string, GoStruct>();
  for (const match of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    structs.set(match[1] ?? '', parseStruct(match[2] ?? ''));
  }
  const facts: Record<string, TypeFacts> = {};
  for (const name of structs.keys()) {
    const fields = fieldsOf(name, structs);
    const pointers = fields.filter((field) => field.isOptional && /^\*(?!\[)[\w.]+$/.test(field.type));
    const nulls = fields.filter((field) => !field.isOptional && /^(\*|\[\]|map\[)/.test(field.type));
    const omitted = fields.filter((field) => field.isOptional && !field.type.startsWith('*'));
    facts[`${packageName}.${name}`] = {
      pointers: pointers.map((field) => field.name),
      nulls: nulls.map((field) => field.name),
      omitted: omitted.map((field) => field.name),
    };
  }
  return facts;
}

function fieldsOf(name: string, structs: ReadonlyMap<string, GoStruct>): readonly GoField[] {
  const struct = structs.get(name);
  if (struct === undefined) return [];
  return [...struct.fields, ...struct.inlined.flatMap((inner) => fieldsOf(inner, structs))];
}

function parseStruct(body: string): GoStruct {
  const fields: GoField[] = [];
  const inlined: string[] = [];
  for (const line of body.split('\n')) {
    const embedded = /^\t(?:\w+\.)?(\w+)\s+`json:",inline/.exec(line);
    if (embedded?.[1] !== undefined) inlined.push(embedded[1]);
    const match = /^\t\w+\s+(\S+)\s+`json:"(\w+)((?:,\w+)*)"/.exec(line);
    if (match === null) continue;
    const [, type = '', name = '', flags = ''] = match;
    fields.push({ name, type, isOptional: /,omit(empty|zero)/.test(flags) });
  }
  return { fields, inlined };
}
