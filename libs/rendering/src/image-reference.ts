/**
 * References to container images: `[registry[:port]/]repository[:tag][@digest]`.
 *
 * The first path component is a registry only if it looks like a host: it has a dot, a port or capitals, or is `localhost`. Nothing is defaulted: `nginx` has neither registry nor tag.
 * The grammar is that of the OCI distribution specification; a repository may not be empty and has lower-case components.
 */
export interface ImageReference {
  readonly registry?: string;
  readonly repository: string;
  readonly tag?: string;
  /** With its algorithm: `sha256:…`. */
  readonly digest?: string;
}

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const host = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])`;
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const tagText = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const digestText = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const grammar = new RegExp(
  `^((?:${host}(?::[0-9]+)?/)?${component}(?:/${component})*)(?::(${tagText}))?(?:@(${digestText}))?$`,
);
const tagGrammar = new RegExp(`^${tagText}$`);
const digestGrammar = new RegExp(`^${digestText}$`);
const textLengthMax = 4096;

/** `undefined` when the text is no image reference. */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text.length > textLengthMax) return undefined;
  const match = grammar.exec(text);
  const path = match?.[1];
  if (match === null || path === undefined) return undefined;
  const [, , tag, digest] = match;
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(slash, 0));
  const hasRegistry = first.includes('.') || first.includes(':') || first === 'localhost' || /[A-Z]/.test(first);
  return {
    ...(hasRegistry ? { registry: first } : {}),
    repository: hasRegistry ? path.slice(slash + 1) : path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Puts the parts together as they are; empty parts are left out. `parseImageReference(formatImageReference(r))` equals `r` for every parsed `r`. */
export function formatImageReference({ registry = '', repository, tag = '', digest = '' }: ImageReference): string {
  return `${registry === '' ? '' : `${registry}/`}${repository}${tag === '' ? '' : `:${tag}`}${digest === '' ? '' : `@${digest}`}`;
}

export function isDigest(text: string): boolean {
  return digestGrammar.test(text);
}

export function isTag(text: string): boolean {
  return tagGrammar.test(text);
}
