import type { AdmissionPlugin } from '@flotilla/kubeapi/admission/admission';
import { forbidden } from '@flotilla/kubeapi/errors/api-errors';

export const deletionProtectionLabel = 'resourcetemplate.karmada.io/deletion-protected';

/** Objects labelled as protected can't be deleted until the label is gone. */
export const deletionProtection: AdmissionPlugin = {
  name: 'DeletionProtection',
  validate({ operation, old, resource, name }) {
    if (operation !== 'DELETE' || old?.metadata.labels?.[deletionProtectionLabel] !== 'Always') return;
    throw forbidden(
      resource,
      name,
      `This resource is protected, please make sure to remove the label: ${deletionProtectionLabel}`,
    );
  },
};
