import type { ApiReport } from '@flotilla/kubeapi/api-report';
import type { DefinedKindsDeps } from '@flotilla/kubeapi/custom-resources/defined-kinds';
import type { StoredOpenApi } from '@flotilla/kubeapi/paths/open-api';
import type { KindDefinition } from '@flotilla/kinds/kind-definition';
import type { LogReport } from '@flotilla/log/log-report';
import type { PodTimes } from './pods/pod-life.ts';
import type { RunnerReport } from './runner/controller-runner.ts';
import type { Timer } from './runner/timer.ts';

export interface SimulatedMemberDeps {
  /** Built-in kinds; share one list among members, for compiled schemas are most of what a member costs. */
  readonly kinds: readonly KindDefinition[];
  readonly openApi: StoredOpenApi;
  readonly now: () => number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly newUid: () => string;
  readonly report: (event: SimulatorReport) => void;
  /** Kinds that a CustomResourceDefinition adds; absent: definitions are stored, but nothing is served for them. */
  readonly customKindsOf?: DefinedKindsDeps['kindsOf'];
  /** Absent: the process's timers. */
  readonly timer?: Timer;
}

export type SimulatorReport = ApiReport | LogReport | RunnerReport;

export interface SimulatedMemberOptions {
  readonly name: string;
  /** Keeps addresses of members apart. */
  readonly index?: number;
  readonly provider: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly nodes?: NodeSize;
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** State, credentials and port are kept here; absent: in memory, for as long as it runs. */
  readonly directory?: string;
  readonly host?: string;
  /** 0 (default) = the port of the last time when it's free, or any. */
  readonly port?: number;
  readonly tls: MemberTls;
  readonly podTimes?: Partial<PodTimes>;
}

export interface NodeSize {
  /** Default 3. */
  readonly count?: number;
  /** Quantities for each node; default 16 CPUs, 64Gi, 100Gi. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly ephemeralStorage?: string;
  /** Default 110. */
  readonly podsMax?: number;
}

/** Issued by the caller: valid for the host that it listens on. The authority also vouches for client certificates. */
export interface MemberTls {
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
}

export interface MemberAccess {
  readonly url: string;
  readonly caPem: string;
  /** Bearer token of an administrator. */
  readonly adminToken: string;
  /** YAML with one context, named like the member. */
  readonly kubeconfig: string;
}

export interface MemberCounts {
  readonly nodes: number;
  readonly namespaces: number;
  readonly deployments: number;
  readonly pods: number;
}
