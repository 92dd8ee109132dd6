/**
 * Why a decision came out as it did, as plain JSON: small enough to be stored with every binding, complete enough to be checked by hand.
 * Lists of clusters are cut at {@link namedClustersMax}; `more` counts the rest.
 */

export interface DecisionReasons {
  readonly version: 1;
  readonly outcome: 'placed' | 'no-cluster-fit' | 'unschedulable' | 'failed';
  readonly message: string;
  /** Clusters that were looked at. */
  readonly clusters: number;
  readonly strategy: string;
  /** Why placement was computed from zero, when it was. */
  readonly isFresh?: true;
  /** Name of the affinity term that counted. */
  readonly affinity?: string;
  /** Affinity terms that were tried before. */
  readonly attempts?: readonly { readonly affinity: string; readonly message: string }[];
  readonly rejected: readonly RejectedClusters[];
  readonly selection?: SelectionReasons;
  readonly division?: readonly DivisionReasons[];
  readonly notes?: readonly string[];
}

export interface RejectedClusters {
  readonly filter: string;
  readonly reason: string;
  readonly detail?: string;
  readonly clusters: readonly string[];
  readonly more?: number;
}

/** `available` includes what the cluster has already; -1 = not asked. */
export type CandidateRow = readonly [cluster: string, score: number, available: number, assigned: number, tier: number];

export interface SelectionReasons {
  /** `all`, `cluster`, `group` or `dimensions`. */
  readonly method: string;
  /** Feasible clusters in the order of preference; left out when all are taken and none was compared. */
  readonly candidates?: readonly CandidateRow[];
  readonly more?: number;
  /** Names of the chosen ones; left out when all candidates are. */
  readonly chosen?: readonly string[];
  readonly dimension?: string;
  readonly groups?: readonly GroupRow[];
  readonly chosenGroups?: readonly string[];
}

export type GroupRow = readonly [group: string, score: number, clusters: number, available: number];

export type VoteRow = readonly [cluster: string, votes: number, seats: number];

export interface DivisionReasons {
  /** `duplicated`, `presence`, `component-sets`, or how seats were divided: `webster`. */
  readonly method: string;
  /** `scale-up`, `scale-down`, `keep`, `from-zero`. */
  readonly mode?: string;
  readonly tier?: number;
  /** Replicas that the workload (or this tier) should have, and that were handed out in this step. */
  readonly want?: number;
  readonly seats?: number;
  readonly have?: number;
  readonly votes?: readonly VoteRow[];
  readonly more?: number;
  /** Who gets the odd replica. */
  readonly tie?: 'ascending' | 'descending';
  readonly shortfall?: number;
}

export const namedClustersMax = 200;

/** Cuts a list to what is stored. */
export function cut<Row>(rows: readonly Row[]): { readonly rows: readonly Row[]; readonly more?: number } {
  return rows.length <= namedClustersMax
    ? { rows }
    : { rows: rows.slice(0, namedClustersMax), more: rows.length - namedClustersMax };
}
