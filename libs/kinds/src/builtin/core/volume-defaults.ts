import { defaultPullPolicy } from './image-reference.ts';
import type { DownwardItem, ProjectionSource, Volume } from './pod-types.ts';

/** Mode of projected files: 0644. */
const fileModeDefault = 0o644;
const tokenExpirationSeconds = 3600;

export function setVolumeDefaults(volume: Volume): void {
  if (!hasSource(volume)) volume.emptyDir = {};
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  if (volume.secret !== undefined) volume.secret.defaultMode ??= fileModeDefault;
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= fileModeDefault;
  if (volume.image !== undefined) volume.image.pullPolicy ??= defaultPullPolicy(volume.image.reference);
  if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= fileModeDefault;
    setDownwardDefaults(volume.downwardAPI.items);
  }
  if (volume.projected !== undefined) {
    volume.projected.defaultMode ??= fileModeDefault;
    for (const source of volume.projected.sources ?? []) setProjectionDefaults(source);
  }
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim !== undefined) claim.volumeMode ??= 'Filesystem';
}

function hasSource(volume: Volume): boolean {
  for (const key in volume) {
    if (key !== 'name' && volume[key] !== undefined) return true;
  }
  return false;
}

function setProjectionDefaults(source: ProjectionSource): void {
  if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= tokenExpirationSeconds;
  setDownwardDefaults(source.downwardAPI?.items);
}

function setDownwardDefaults(items: DownwardItem[] | undefined): void {
  for (const item of items ?? []) {
    if (item.fieldRef !== undefined) item.fieldRef.apiVersion ??= 'v1';
    if (item.resourceFieldRef !== undefined) item.resourceFieldRef.divisor ??= '0';
  }
}
