import type { KindDefinition, KindRegistry } from '@flotilla/kinds/kind-definition';

const reviews = [
  ['authentication.k8s.io', 'TokenReview', 'tokenreviews', false],
  ['authentication.k8s.io', 'SelfSubjectReview', 'selfsubjectreviews', false],
  ['authorization.k8s.io', 'LocalSubjectAccessReview', 'localsubjectaccessreviews', true],
  ['authorization.k8s.io', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews', false],
  ['authorization.k8s.io', 'SelfSubjectRulesReview', 'selfsubjectrulesreviews', false],
  ['authorization.k8s.io', 'SubjectAccessReview', 'subjectaccessreviews', false],
] as const;

/** Kinds that are asked and answered, never stored: they can only be created. */
export function registerReviewKinds(kinds: KindRegistry): void {
  for (const [group, kind, plural, isNamespaced] of reviews) {
    if (kinds.byResource(group, 'v1', plural) === undefined)
      kinds.register(reviewKind(group, kind, plural, isNamespaced));
  }
}

export function isReviewKind({ group, plural }: KindDefinition): boolean {
  return reviews.some((review) => review[0] === group && review[2] === plural);
}

function reviewKind(group: string, kind: string, plural: string, isNamespaced: boolean): KindDefinition {
  return {
    group,
    version: 'v1',
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    isNamespaced,
    verbs: ['create'],
    schema: () => ({ kind: 'any' }),
    subresources: {},
    allowsUnconditionalUpdate: false,
    allowsCreateOnUpdate: false,
    columns: [],
    printRow: () => [],
    hasGeneration: false,
  };
}
