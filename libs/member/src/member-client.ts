/**
 * Access to one member cluster's Kubernetes API. Port: `http` adapter (undici pool) for push members; later the agent's own in-cluster access.
 * Every call ends: by answer, by deadline, or by the caller's signal.
 */
export interface MemberClient {
  readonly cluster: string;
  /** Throws MemberUnreachable for transport failures and deadlines; HTTP errors are returned as they are. */
  request(request: MemberRequest): Promise<MemberResponse>;
  /**
   * Long-lived watch; yields the raw JSON line of each event in order (see watch-lines.ts); ends when the server closes the stream.
   * Throws MemberUnreachable (also when the signal aborts), or MemberGone when the revision is too old.
   */
  watch(path: string, signal: AbortSignal): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export interface MemberRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query, e.g. `/apis/apps/v1/namespaces/default/deployments?limit=500`. */
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  /** Absent = `application/json`. */
  readonly accept?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface MemberResponse {
  readonly status: number;
  readonly body: string;
}

/** How to reach a member, from its Cluster object and its Secret. */
export interface MemberEndpoint {
  readonly cluster: string;
  readonly url: string;
  readonly caPem?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly bearerToken?: string;
  readonly clientCertPem?: string;
  readonly clientKeyPem?: string;
  readonly proxyUrl?: string;
}

export class MemberUnreachable extends Error {
  override readonly name = 'MemberUnreachable';
  readonly cluster: string;
  readonly reason: 'Timeout' | 'Connection' | 'Tls' | 'Aborted';
  constructor(
    cluster: string,
    reason: 'Timeout' | 'Connection' | 'Tls' | 'Aborted',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.cluster = cluster;
    this.reason = reason;
  }
}

/** The requested resourceVersion is too old: list again. */
export class MemberGone extends Error {
  override readonly name = 'MemberGone';
}
