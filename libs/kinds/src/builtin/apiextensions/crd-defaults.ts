import type { MutableKubeObject } from '../../kind-definition.ts';
import type { CrdSpec } from './crd-types.ts';

export function setCrdDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as CrdSpec | undefined;
  if (spec === undefined) return;
  const names = spec.names;
  if (names?.kind !== undefined) {
    names.singular ??= names.kind.toLowerCase();
    names.listKind ??= `${names.kind}List`;
  }
  const conversion = (spec.conversion ??= {});
  conversion.strategy ??= 'None';
  if (conversion.webhook?.clientConfig?.service !== undefined) conversion.webhook.clientConfig.service.port ??= 443;
}

/** Objects will be stored in this version from the start, so the status tells of it from the start. */
export function recordStorageVersion(draft: MutableKubeObject): void {
  const spec = draft['spec'] as CrdSpec | undefined;
  const storage = (spec?.versions ?? []).filter((version) => version.storage === true);
  draft['status'] = {
    ...(draft['status'] as object | undefined),
    storedVersions: storage.map((version) => version.name ?? ''),
  };
}
