/**
 * Names that come twice in one object of a body: parsers keep the last, `fieldValidation` decides whether the client hears of it.
 *
 * A JSON text has one colon outside of its strings for each name, and a parsed value has each name once: as long as the two numbers are the same, as almost always,
 * nothing more has to be looked at.
 */
import { isMap, isNode, isScalar, isSeq, type Document, type LineCounter, type Node, type Pair } from 'yaml';

/** What a body was read from, for a closer look. */
export type BodySource =
  | { readonly syntax: 'json'; readonly text: string }
  /** A JSON patch document: what is decoded is the object it was merged into. */
  | { readonly syntax: 'patch'; readonly text: string; readonly patch: unknown }
  /** `line 7: key "a" already set in map`. */
  | { readonly syntax: 'yaml'; readonly duplicates: readonly string[] };

export interface BodyFindings {
  /** Parts of the message of a strict refusal; empty when there is nothing to say. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * What a strict reader says of a body: duplicates and `unknownFields`. Kinds that are compiled in are read in one go, so both come in the order of the text; of others the
 * duplicates come first, then the unknown fields in the order of their paths.
 */
export function findingsOf(
  source: BodySource | undefined,
  value: unknown,
  unknownFields: readonly string[],
  isTyped: boolean,
): BodyFindings {
  const unknown = isTyped ? unknownFields : unknownFields.toSorted();
  switch (source?.syntax) {
    case 'json':
    case 'patch': {
      if (!hasDuplicateNames(source.text, source.syntax === 'json' ? value : source.patch)) break;
      const isOneRead = isTyped && source.syntax === 'json';
      const found = isOneRead ? listFindings(source.text, unknown) : [...listFindings(source.text, []), ...unknown];
      return { errors: found, warnings: found };
    }
    case 'yaml': {
      const { duplicates } = source;
      if (duplicates.length === 0) break;
      const error = `yaml: unmarshal errors:\n${duplicates.map((line) => `  ${line}`).join('\n')}`;
      return { errors: [error, ...unknown], warnings: [...duplicates, ...unknown] };
    }
    case undefined:
      break;
  }
  return { errors: unknown, warnings: unknown };
}

/** More than these aren't listed. */
const findingsMax = 100;
/** From this length on a search beats a look at every character. */
const longStringLength = 64;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const listStart = 0x5b;
const backslash = 0x5c;
const listEnd = 0x5d;
const objectStart = 0x7b;
const objectEnd = 0x7d;

/** True when the valid JSON text has a name twice in one object. `value` is the text parsed. */
export function hasDuplicateNames(text: string, value: unknown): boolean {
  return countColons(text) !== countNames(value);
}

function countColons(text: string): number {
  const strings = new StringSkipper(text);
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === colon) count += 1;
    else if (code === quote) at = strings.endOf(at);
  }
  return count;
}

function countNames(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  const rest: object[] = [value];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (Array.isArray(next)) {
      for (const item of next as readonly unknown[]) if (typeof item === 'object' && item !== null) rest.push(item);
      continue;
    }
    const record = next as Readonly<Record<string, unknown>>;
    for (const name in record) {
      count += 1;
      const member = record[name];
      if (typeof member === 'object' && member !== null) rest.push(member);
    }
  }
  return count;
}

/** Finds the ends of strings; goes through the text in one direction. */
class StringSkipper {
  readonly #text: string;
  #nextBackslash = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Position of the closing quote of the string that begins at `start`. */
  endOf(start: number): number {
    const text = this.#text;
    let at = start + 1;
    const patience = at + longStringLength;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === quote) return at;
      at += code === backslash ? 2 : 1;
      if (at < patience) continue;
      const end = text.indexOf('"', at);
      if (end < 0) return text.length;
      const escape = this.#backslashFrom(at);
      if (escape > end) return end;
      at = escape;
    }
    return at;
  }

  #backslashFrom(at: number): number {
    if (this.#nextBackslash < at) {
      const found = this.#text.indexOf('\\', at);
      this.#nextBackslash = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#nextBackslash;
  }
}

interface Frame {
  readonly path: string;
  /** Names so far; undefined for a list. */
  readonly names: Set<string> | undefined;
  /** Nothing is said of what is inside an unknown field. */
  readonly isIgnored: boolean;
  name: string;
  index: number;
  awaitsName: boolean;
  isUnknown: boolean;
}

/**
 * What is wrong with the names of a valid JSON text, in the order of the text: `duplicate field "spec.a"`, each once. `unknownFields` are messages about fields that the
 * schema doesn't know; they take their place in the order, and what is inside of them is left alone.
 */
export function listFindings(text: string, unknownFields: readonly string[]): readonly string[] {
  const unknown = new Set(unknownFields);
  const findings = new Set<string>();
  const strings = new StringSkipper(text);
  const frames: Frame[] = [];
  for (let at = 0; at < text.length && findings.size < findingsMax; at += 1) {
    const top = frames.at(-1);
    switch (text.charCodeAt(at)) {
      case objectStart:
        frames.push(frameBelow(top, new Set()));
        break;
      case listStart:
        frames.push(frameBelow(top, undefined));
        break;
      case objectEnd:
      case listEnd:
        frames.pop();
        break;
      case comma:
        if (top !== undefined) {
          top.index += 1;
          top.awaitsName = top.names !== undefined;
        }
        break;
      case quote: {
        const end = strings.endOf(at);
        if (top?.awaitsName === true) takeName(top, String(JSON.parse(text.slice(at, end + 1))), unknown, findings);
        at = end;
        break;
      }
      default:
        break;
    }
  }
  for (const message of unknownFields) if (findings.size < findingsMax) findings.add(message);
  return [...findings];
}

function frameBelow(top: Frame | undefined, names: Set<string> | undefined): Frame {
  return {
    path: top === undefined ? '' : pathBelow(top),
    names,
    isIgnored: top !== undefined && (top.isIgnored || top.isUnknown),
    name: '',
    index: 0,
    awaitsName: names !== undefined,
    isUnknown: false,
  };
}

function pathBelow({ path, names, name, index }: Frame): string {
  if (names === undefined) return `${path}[${index}]`;
  return path === '' ? name : `${path}.${name}`;
}

function takeName(frame: Frame, name: string, unknown: ReadonlySet<string>, findings: Set<string>): void {
  frame.name = name;
  frame.awaitsName = false;
  const field = JSON.stringify(pathBelow(frame));
  const message = `unknown field ${field}`;
  frame.isUnknown = unknown.has(message);
  if (frame.isIgnored) return;
  if (frame.isUnknown) findings.add(message);
  else if (frame.names?.has(name) === true) findings.add(`duplicate field ${field}`);
  frame.names?.add(name);
}

/** Keys that come twice in one map of the document, with the lines of their values, inner ones first. */
export function yamlDuplicates(document: Document, lines: LineCounter): readonly string[] {
  const found: string[] = [];
  collectDuplicates(document.contents, lines, found);
  return found;
}

function collectDuplicates(node: unknown, lines: LineCounter, found: string[]): void {
  if (isSeq(node)) for (const item of node.items) collectDuplicates(item, lines, found);
  if (!isMap(node)) return;
  const keys = new Set<unknown>();
  for (const pair of node.items) {
    collectDuplicates(pair.value, lines, found);
    const key = isScalar(pair.key) ? pair.key.value : undefined;
    if (key === undefined) continue;
    if (keys.has(key) && found.length < findingsMax) {
      found.push(`line ${lineOf(pair, lines)}: key ${JSON.stringify(key)} already set in map`);
    }
    keys.add(key);
  }
}

function lineOf({ key, value }: Pair, lines: LineCounter): number {
  const node: Node | undefined = isNode(value) ? value : isNode(key) ? key : undefined;
  return lines.linePos(node?.range?.[0] ?? 0).line;
}
