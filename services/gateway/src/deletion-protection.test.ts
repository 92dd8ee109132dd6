import { describe, expect, it } from 'vitest';
import type { AdmissionRequest } from '@flotilla/kubeapi/admission/admission';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { deletionProtection, deletionProtectionLabel } from './deletion-protection.ts';

const [kind] = createBuiltinKinds({ readDocument: readOpenApiDocument });

function request(operation: AdmissionRequest['operation'], value: string): AdmissionRequest {
  return {
    operation,
    user: { name: 'u', groups: [] },
    kind: kind!,
    resource: { group: '', resource: 'configmaps' },
    subresource: '',
    namespace: 'default',
    name: 'kept',
    old: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kept', labels: { [deletionProtectionLabel]: value } },
    },
    isDryRun: false,
  };
}

describe('deletion protection', () => {
  it('refuses the deletion of what is labelled, and nothing else', () => {
    const validate = (one: AdmissionRequest): unknown => deletionProtection.validate?.(one, undefined);
    expect(() => validate(request('DELETE', 'Always'))).toThrow(`remove the label: ${deletionProtectionLabel}`);
    expect(() => validate(request('DELETE', 'Never'))).not.toThrow();
    expect(() => validate(request('UPDATE', 'Always'))).not.toThrow();
  });
});
