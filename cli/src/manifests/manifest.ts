import type { KubeObject } from '@flotilla/kinds/kube-object';

/** One object of a file. */
export interface Manifest {
  readonly object: KubeObject;
  /** `web.yaml`, with `:12` when there are several documents: for messages. */
  readonly source: string;
}

/** A document that is not an object. */
export interface ManifestProblem {
  readonly source: string;
  readonly message: string;
}

export interface ManifestSet {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly ManifestProblem[];
}
