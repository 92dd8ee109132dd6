import { pushAnnotationErrors, pushLabelErrors } from '../../metadata-validation.ts';
import { requiredValue } from '../../field-error.ts';
import { validatePodSpec } from './pod-spec-validation.ts';
import type { Errors } from '../errors.ts';
import type { PodTemplateSpec } from './pod-types.ts';

/** `extraVolumes`: names that can be mounted beside the template's own volumes, such as a StatefulSet's claims. */
export function validatePodTemplate(
  errors: Errors,
  template: PodTemplateSpec,
  path: string,
  extraVolumes: readonly string[] = [],
): void {
  const metadata = template.metadata;
  if (metadata?.labels !== undefined) pushLabelErrors(metadata.labels, `${path}.labels`, errors);
  if (metadata?.annotations !== undefined) {
    pushAnnotationErrors(metadata.annotations, `${path}.annotations`, errors);
  }
  if (template.spec === undefined) errors.push(requiredValue(`${path}.spec`));
  else validatePodSpec(errors, template.spec, `${path}.spec`, extraVolumes);
  if ((template.spec?.ephemeralContainers ?? []).length > 0) {
    errors.push({
      field: `${path}.spec.ephemeralContainers`,
      reason: 'FieldValueForbidden',
      message: 'Forbidden: ephemeral containers not allowed in pod template',
    });
  }
}
