import { requiredValue, invalidValue } from '../../field-error.ts';
import { age, none, tableOf } from '../table/columns.ts';
import { humanDuration } from '../table/human-duration.ts';
import { signingRequestFields } from '../core/core-fields.ts';
import { defineKind } from '../define-kind.ts';
import { checkImmutable, type Errors } from '../errors.ts';
import type { FieldError, KindDefinition, MutableKubeObject, WriteContext } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';

interface SigningRequestSpec {
  request?: string | null;
  signerName?: string;
  usages?: string[];
  username?: string;
  expirationSeconds?: number;
}

export function certificateKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'certificates.k8s.io',
      version: 'v1',
      kind: 'CertificateSigningRequest',
      plural: 'certificatesigningrequests',
      shortNames: ['csr'],
      isNamespaced: false,
      nameRule: 'path-segment',
      subresources: { status: true },
      prepareForCreate: recordRequestor,
      prepareForUpdate: keepSpec,
      validate: validateSigningRequest,
      selectableFields: signingRequestFields,
      table: signingRequestTable,
    }),
  ];
}

/** Who asks is the server's to say, not the request's. */
function recordRequestor(draft: MutableKubeObject, context: WriteContext): void {
  const spec = draft['spec'] as SigningRequestSpec;
  spec.username = context.user;
}

function keepSpec(draft: MutableKubeObject, old: KubeObject): void {
  draft['spec'] = old['spec'];
}

const expirationMinSeconds = 600;

function validateSigningRequest(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = (object['spec'] ?? {}) as SigningRequestSpec;
  const errors: Errors = [];
  if ((spec.request ?? '') === '')
    errors.push(invalidValue('spec.request', '', 'PEM block type must be CERTIFICATE REQUEST'));
  if ((spec.usages ?? []).length === 0) errors.push(requiredValue('spec.usages'));
  const signer = spec.signerName ?? '';
  if (signer === '') errors.push(requiredValue('spec.signerName'));
  else if (!/^[^/]+\.[^/]+\/[^/].*$/.test(signer)) {
    errors.push(
      invalidValue(
        'spec.signerName',
        signer,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    );
  }
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < expirationMinSeconds) {
    errors.push(
      invalidValue(
        'spec.expirationSeconds',
        spec.expirationSeconds,
        'may not specify a duration less than 600 seconds (10 minutes)',
      ),
    );
  }
  if (old !== undefined) checkImmutable(errors, 'spec', spec, old['spec']);
  return errors;
}

const signingRequestTable = tableOf(
  ['Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'],
  (object, nowMs) => {
    const spec = (object['spec'] ?? {}) as SigningRequestSpec;
    return [
      age(object, nowMs),
      spec.signerName ?? none,
      spec.username ?? '',
      spec.expirationSeconds === undefined ? none : humanDuration(spec.expirationSeconds * 1000),
      conditionText(object),
    ];
  },
);

function conditionText(object: KubeObject): string {
  const status = (object['status'] ?? {}) as { certificate?: string; conditions?: readonly { type: string }[] };
  const has = (type: string): boolean => status.conditions?.some((condition) => condition.type === type) === true;
  const parts: string[] = [];
  if (has('Approved') || has('Denied')) parts.push(has('Denied') ? 'Denied' : 'Approved');
  else parts.push('Pending');
  if (has('Failed')) parts.push('Failed');
  if ((status.certificate ?? '') !== '') parts.push('Issued');
  return parts.join(',');
}
