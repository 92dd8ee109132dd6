/** Bounds that both sides of a connection keep. */
export const rpcLimits = {
  messageMaxBytes: 4 * 1024 * 1024,
  /** A connection that says nothing for so long is asked whether it's still there … */
  keepaliveEveryMs: 20_000,
  /** … and given up when no answer comes. */
  keepaliveTimeoutMs: 5_000,
  streamsPerConnectionMax: 1_000,
} as const;
