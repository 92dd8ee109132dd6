import type { ResourceRequest, RequestVerb } from '../request/resource-request.ts';

/** A subresource that is more than a view of its object: an action on it. */
export interface SubresourceHandler {
  /** Group of the parent resource. */
  readonly group: string;
  /** Plural of the parent. */
  readonly resource: string;
  readonly subresource: string;
  /** What discovery says. */
  readonly discovery: {
    readonly kind: string;
    readonly group?: string;
    readonly version?: string;
    readonly verbs: readonly RequestVerb[];
  };
  handle(request: ResourceRequest): Promise<void>;
}
