import type { Binaries } from '@flotilla/test-clusters/binaries';

/** One measured quantity: a sample a run. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
  /** The figure of the same scenario that this one is compared with: the ratio of the medians is shown. */
  readonly floor?: string;
  /** What the project promises; shown beside the figure, never failing the run. */
  readonly target?: Target;
}

/** A bound on the median, or on its ratio to the floor. `within`: the ratio differs from 1 by at most `value`. */
export interface Target {
  readonly of: 'median' | 'ratio';
  readonly bound: 'at most' | 'at least' | 'within';
  readonly value: number;
}

export interface ScenarioContext {
  readonly binaries: Binaries;
  readonly runs: number;
  /** Objects to write, where the scenario writes many; each scenario has its own default. */
  readonly count: number | undefined;
  /** Options of Node for the platform, to profile it. */
  readonly nodeArgs: readonly string[];
  /** Says what is being done, one line at a time. */
  readonly report: (line: string) => void;
}

export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly run: (context: ScenarioContext) => Promise<readonly Figure[]>;
}
