/** Who a process is, and whom it trusts. PEM. */
export interface TlsIdentity {
  readonly certPem: string;
  readonly keyPem: string;
  /** Authority of the other side's certificates. */
  readonly caPem: string;
}
