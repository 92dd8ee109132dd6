/** What the server tells its process: facts for the log. The receiver must be quick and must not throw. */
export type ApiReport =
  | AuditReport
  /** A request failed in a way that is our fault. */
  | { readonly kind: 'internal-error'; readonly method: string; readonly url: string; readonly error: unknown }
  /** A background controller failed on a key and will try again. */
  | { readonly kind: 'controller-error'; readonly controller: string; readonly key: string; readonly error: unknown }
  /** A watcher didn't keep up and was told to list again. */
  | { readonly kind: 'watch-too-slow'; readonly resource: string; readonly user: string };

/** One line per mutating request, when auditing is on. */
export interface AuditReport {
  readonly kind: 'audit';
  readonly verb: string;
  readonly user: string;
  readonly impersonatedUser?: string;
  readonly url: string;
  readonly code: number;
  readonly timeMs: number;
}

export type Report = (report: ApiReport) => void;
