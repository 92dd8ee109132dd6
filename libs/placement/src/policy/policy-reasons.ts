/** Why a template belongs to a policy, as plain JSON, stored beside the placement's reasons. */
export interface PolicyReasons {
  /** `PropagationPolicy shop/web` or `ClusterPropagationPolicy web`. */
  readonly policy: string;
  readonly why: string;
  /** Other policies that select the template, best first; at most {@link rivalsNamedMax}. */
  readonly over?: readonly { readonly policy: string; readonly why: string }[];
  readonly more?: number;
}

export const rivalsNamedMax = 10;
