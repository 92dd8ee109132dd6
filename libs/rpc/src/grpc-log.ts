import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';

/** gRPC's library writes to standard error past our log; what it has to say comes as errors and status, too. `GRPC_TRACE` still works: it's asked for by hand. */
export function silenceGrpc(): void {
  setLogVerbosity(logVerbosity.NONE);
}
