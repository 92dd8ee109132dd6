import type { KindDefinition, KindRegistry } from '@flotilla/kinds/kind-definition';
import { formatApiVersion } from '@flotilla/kinds/kube-object';
import {
  documentHash,
  generateOpenApiV3,
  groupVersionPath,
  openApiIndex,
  type OpenApiDocument,
} from '../openapi/documents.ts';
import { aggregateOpenApiV2 } from '../openapi/v2.ts';
import type { VersionInfo } from '../api-version.ts';

/** Documents of the kinds that are built into Kubernetes, stored whole. */
export interface StoredOpenApi {
  /** JSON bytes for `apps/v1`; undefined when there is no stored document. May be slow: it's asked for once and kept. */
  read(groupVersion: string): Uint8Array | undefined;
}

export interface ServedDocument {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

/** `/openapi/v3` and `/openapi/v2`. Documents are made when first asked for and made anew when kinds come or go. */
export interface OpenApi {
  index(): string;
  document(path: string): ServedDocument | undefined;
  v2(): Uint8Array;
}

export function createOpenApi(kinds: KindRegistry, stored: StoredOpenApi, version: VersionInfo): OpenApi {
  const options = { title: 'Kubernetes', version: version.gitVersion };
  /** Stored documents never change; generated ones do, with the kinds of their group. */
  const storedDocuments = new Map<string, ServedDocument>();
  let generated = new Map<string, ServedDocument>();
  let index: string | undefined;
  let v2: Uint8Array | undefined;
  kinds.onChange(() => {
    generated = new Map();
    index = undefined;
    v2 = undefined;
  });

  function kindsByPath(): ReadonlyMap<string, KindDefinition[]> {
    return Map.groupBy(kinds.all(), (kind) => groupVersionPath(kind.group, kind.version));
  }

  function load(path: string, members: readonly KindDefinition[]): ServedDocument | undefined {
    const known = storedDocuments.get(path) ?? generated.get(path);
    if (known !== undefined) return known;
    const [first] = members;
    if (first === undefined) return undefined;
    if (members.every((kind) => kind.openApi === undefined)) {
      const bytes = stored.read(formatApiVersion(first.group, first.version));
      if (bytes === undefined) return undefined;
      const document = { bytes, hash: documentHash(bytes) };
      storedDocuments.set(path, document);
      return document;
    }
    const bytes = Buffer.from(JSON.stringify(generateOpenApiV3(members, options)));
    const document = { bytes, hash: documentHash(bytes) };
    generated.set(path, document);
    return document;
  }

  function all(): Map<string, ServedDocument> {
    const found = new Map<string, ServedDocument>();
    for (const [path, members] of kindsByPath()) {
      const document = load(path, members);
      if (document !== undefined) found.set(path, document);
    }
    return found;
  }

  return {
    index: () => (index ??= JSON.stringify(openApiIndex(all()))),
    document: (path) => load(path, kindsByPath().get(path) ?? []),
    v2() {
      if (v2 === undefined) {
        const documents = [...all().values()].map(
          ({ bytes }) => JSON.parse(Buffer.from(bytes).toString('utf8')) as OpenApiDocument,
        );
        v2 = Buffer.from(JSON.stringify(aggregateOpenApiV2(documents, options)));
      }
      return v2;
    },
  };
}
