import type { AdmissionPlugin } from '@flotilla/kubeapi/admission/admission';
import type { PodSpec } from '@flotilla/kinds/builtin/core/pod-types';
import { admittedFields } from '../model/pod.ts';

/** What an API server's own admission fills in on pods that clients create: service account, priority, tolerations of failing nodes. */
export const podAdmission: AdmissionPlugin = {
  name: 'PodAdmission',
  mutate({ kind, operation, subresource }, draft) {
    if (kind.kind !== 'Pod' || operation !== 'CREATE' || subresource !== '') return;
    const spec = draft['spec'] as PodSpec | undefined;
    if (spec !== undefined) Object.assign(spec, admittedFields(spec));
  },
};
