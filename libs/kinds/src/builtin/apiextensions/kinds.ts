import { createdAtColumns } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import { recordStorageVersion, setCrdDefaults } from './crd-defaults.ts';
import { validateCrd } from './crd-validation.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KindSchemas } from '../kind-schemas.ts';

export function apiExtensionKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'apiextensions.k8s.io',
      version: 'v1',
      kind: 'CustomResourceDefinition',
      plural: 'customresourcedefinitions',
      component: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
      shortNames: ['crd', 'crds'],
      categories: ['api-extensions'],
      isNamespaced: false,
      hasGeneration: true,
      allowsUnconditionalUpdate: false,
      subresources: { status: true },
      applyDefaults: setCrdDefaults,
      prepareForCreate: recordStorageVersion,
      validate: validateCrd,
      table: createdAtColumns,
    }),
  ];
}
