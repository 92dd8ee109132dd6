import { admissionKinds } from './admissionregistration/kinds.ts';
import { apiExtensionKinds } from './apiextensions/kinds.ts';
import { apiRegistrationKinds } from './apiregistration/kinds.ts';
import { appsKinds } from './apps/kinds.ts';
import { autoscalingKinds } from './autoscaling/kinds.ts';
import { batchKinds } from './batch/kinds.ts';
import { certificateKinds } from './certificates/kinds.ts';
import { coordinationKinds } from './coordination/kinds.ts';
import { coreKinds } from './core/kinds.ts';
import { discoveryKinds } from './discovery/kinds.ts';
import { eventKinds } from './events/kinds.ts';
import { createKindSchemas, type ReadDocument } from './kind-schemas.ts';
import { networkingKinds } from './networking/kinds.ts';
import { nodeKinds } from './node/kinds.ts';
import { policyKinds } from './policy/kinds.ts';
import { rbacKinds } from './rbac/kinds.ts';
import { schedulingKinds } from './scheduling/kinds.ts';
import { storageKinds } from './storage/kinds.ts';
import type { KindDefinition } from '../kind-definition.ts';

/**
 * Every built-in kind that is served. Cheap: a group's document is read when a schema of the group is first asked for.
 * Review kinds (tokens, access) are not among them: the server answers those itself.
 */
export function createBuiltinKinds({
  readDocument,
}: {
  readonly readDocument: ReadDocument;
}): readonly KindDefinition[] {
  const schemas = createKindSchemas(readDocument);
  const core = coreKinds(schemas);
  const coreEvents = core.filter(({ kind }) => kind === 'Event');
  return [
    ...core,
    ...apiRegistrationKinds(schemas),
    ...appsKinds(schemas),
    ...coreEvents.flatMap((coreEvent) => eventKinds(schemas, coreEvent)),
    ...autoscalingKinds(schemas),
    ...batchKinds(schemas),
    ...certificateKinds(schemas),
    ...networkingKinds(schemas),
    ...policyKinds(schemas),
    ...rbacKinds(schemas),
    ...storageKinds(schemas),
    ...admissionKinds(schemas),
    ...apiExtensionKinds(schemas),
    ...schedulingKinds(schemas),
    ...coordinationKinds(schemas),
    ...nodeKinds(schemas),
    ...discoveryKinds(schemas),
  ];
}
