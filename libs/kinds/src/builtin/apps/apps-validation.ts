import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { matchesLabelSelector, validateLabelSelector, type LabelSelector } from '../../label-selector.ts';
import { validatePodTemplate } from '../core/pod-template-validation.ts';
import { checkImmutable, checkNonNegative, isSameJson, type Errors } from '../errors.ts';
import { checkIntOrPercent, percentOf } from '../int-or-percent.ts';
import { validateClaimTemplates } from './claim-template-validation.ts';
import type { FieldError } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { PodTemplateSpec } from '../core/pod-types.ts';
import type {
  DaemonSetSpec,
  DeploymentSpec,
  ReplicaSetSpec,
  RollingUpdate,
  StatefulSetSpec,
} from './workload-types.ts';

export function validateDeployment(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = object['spec'] as DeploymentSpec;
  const errors: Errors = [];
  checkNonNegative(errors, 'spec.replicas', spec.replicas);
  if (checkSelector(errors, spec.selector, 'deployment')) checkTemplate(errors, spec.selector, spec.template);
  checkStrategy(errors, spec.strategy);
  checkNonNegative(errors, 'spec.minReadySeconds', spec.minReadySeconds);
  checkNonNegative(errors, 'spec.revisionHistoryLimit', spec.revisionHistoryLimit);
  const deadline = spec.progressDeadlineSeconds;
  checkNonNegative(errors, 'spec.progressDeadlineSeconds', deadline);
  if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0)) {
    errors.push(invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
  if (old !== undefined)
    checkImmutable(errors, 'spec.selector', spec.selector, (old['spec'] as DeploymentSpec).selector);
  return errors;
}

export function validateReplicaSet(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = object['spec'] as ReplicaSetSpec;
  const errors: Errors = [];
  checkNonNegative(errors, 'spec.replicas', spec.replicas);
  checkNonNegative(errors, 'spec.minReadySeconds', spec.minReadySeconds);
  if (checkSelector(errors, spec.selector, 'replicaset')) checkTemplate(errors, spec.selector, spec.template);
  if (old !== undefined)
    checkImmutable(errors, 'spec.selector', spec.selector, (old['spec'] as ReplicaSetSpec).selector);
  return errors;
}

export function validateDaemonSet(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = object['spec'] as DaemonSetSpec;
  const errors: Errors = [];
  if (checkSelector(errors, spec.selector, 'daemonset')) checkTemplate(errors, spec.selector, spec.template);
  checkNonNegative(errors, 'spec.minReadySeconds', spec.minReadySeconds);
  const strategy = spec.updateStrategy;
  if (strategy?.type === 'RollingUpdate') {
    checkRollingUpdate(errors, 'spec.updateStrategy.rollingUpdate', strategy.rollingUpdate);
  } else if (strategy?.type !== 'OnDelete') {
    errors.push(unsupportedValue('spec.updateStrategy', shownStrategy(strategy), ['RollingUpdate', 'OnDelete']));
  }
  checkNonNegative(errors, 'spec.revisionHistoryLimit', spec.revisionHistoryLimit);
  if (old !== undefined)
    checkImmutable(errors, 'spec.selector', spec.selector, (old['spec'] as DaemonSetSpec).selector);
  return errors;
}

/** What may change in a StatefulSet once it exists. */
const mutableStatefulSetFields: readonly string[] = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

export function validateStatefulSet(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = object['spec'] as StatefulSetSpec;
  const errors: Errors = [];
  if (spec.podManagementPolicy !== 'OrderedReady' && spec.podManagementPolicy !== 'Parallel') {
    errors.push(
      invalidValue('spec.podManagementPolicy', spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"),
    );
  }
  checkStatefulSetStrategy(errors, spec.updateStrategy);
  checkRetention(errors, spec.persistentVolumeClaimRetentionPolicy);
  checkNonNegative(errors, 'spec.replicas', spec.replicas);
  checkNonNegative(errors, 'spec.minReadySeconds', spec.minReadySeconds);
  checkNonNegative(errors, 'spec.ordinals.start', spec.ordinals?.start);
  const claims = spec.volumeClaimTemplates ?? [];
  if (checkSelector(errors, spec.selector, 'statefulset')) {
    const claimNames = claims.map((claim) => claim.metadata?.name ?? '');
    checkTemplate(errors, spec.selector, spec.template, claimNames);
  }
  validateClaimTemplates(errors, claims);
  if (old !== undefined) checkStatefulSetUpdate(errors, spec, old['spec'] as StatefulSetSpec);
  return errors;
}

function checkStatefulSetUpdate(errors: Errors, spec: StatefulSetSpec, old: StatefulSetSpec): void {
  if (isSameJson(frozenPart(spec), frozenPart(old))) return;
  errors.push(
    forbiddenValue(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ),
  );
}

function frozenPart(spec: StatefulSetSpec): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !mutableStatefulSetFields.includes(name)));
}

function checkStatefulSetStrategy(errors: Errors, strategy: StatefulSetSpec['updateStrategy']): void {
  const path = 'spec.updateStrategy';
  switch (strategy?.type) {
    case 'OnDelete':
      if (strategy.rollingUpdate !== undefined) {
        errors.push(
          invalidValue(
            `${path}.rollingUpdate`,
            {
              Partition: strategy.rollingUpdate.partition ?? null,
              MaxUnavailable: strategy.rollingUpdate.maxUnavailable ?? null,
            },
            "only allowed for updateStrategy 'RollingUpdate'",
          ),
        );
      }
      return;
    case 'RollingUpdate':
      checkNonNegative(errors, `${path}.rollingUpdate.partition`, strategy.rollingUpdate?.partition);
      checkIntOrPercent(errors, `${path}.rollingUpdate.maxUnavailable`, strategy.rollingUpdate?.maxUnavailable, true);
      return;
    default:
      errors.push(invalidValue(path, shownStrategy(strategy), "must be 'RollingUpdate' or 'OnDelete'"));
  }
}

function checkRetention(errors: Errors, policy: StatefulSetSpec['persistentVolumeClaimRetentionPolicy']): void {
  const supported = ['Retain', 'Delete'];
  const path = 'spec.persistentVolumeClaimRetentionPolicy';
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const value = policy?.[field];
    if (value !== undefined && !supported.includes(value)) {
      errors.push(unsupportedValue(`${path}.${field}`, value, supported));
    }
  }
}

/** False when nothing can be selected with it, so that there is no point in looking at the template. */
function checkSelector(errors: Errors, selector: LabelSelector | null | undefined, kind: string): boolean {
  if (selector === undefined || selector === null) {
    errors.push(requiredValue('spec.selector'));
    return true;
  }
  const problems = validateLabelSelector(selector, 'spec.selector');
  if (problems.length > 0) {
    errors.push(...problems, invalidValue('spec.selector', selector, 'invalid label selector'));
    return false;
  }
  const isEmpty =
    Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
  if (isEmpty) errors.push(invalidValue('spec.selector', selector, `empty selector is invalid for ${kind}`));
  return true;
}

/** The template as pods that always restart, with labels that the selector matches. */
function checkTemplate(
  errors: Errors,
  selector: LabelSelector | null | undefined,
  template: PodTemplateSpec | undefined,
  extraVolumes: readonly string[] = [],
): void {
  if (template === undefined) {
    errors.push(requiredValue('spec.template'));
    return;
  }
  const labels = template.metadata?.labels;
  const isMatched = selector !== undefined && selector !== null && matchesLabelSelector(selector, labels);
  if (!isMatched) {
    errors.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  validatePodTemplate(errors, template, 'spec.template', extraVolumes);
  const restartPolicy = template.spec?.restartPolicy;
  if (restartPolicy !== 'Always') {
    errors.push(unsupportedValue('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  }
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    errors.push(
      forbiddenValue(
        'spec.template.spec.activeDeadlineSeconds',
        'activeDeadlineSeconds in ReplicaSet is not Supported',
      ),
    );
  }
}

function checkStrategy(errors: Errors, strategy: DeploymentSpec['strategy']): void {
  switch (strategy?.type) {
    case 'Recreate':
      if (strategy.rollingUpdate !== undefined) {
        errors.push(
          forbiddenValue('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'"),
        );
      }
      return;
    case 'RollingUpdate':
      checkRollingUpdate(errors, 'spec.strategy.rollingUpdate', strategy.rollingUpdate);
      return;
    default:
      errors.push(unsupportedValue('spec.strategy', shownStrategy(strategy), ['Recreate', 'RollingUpdate']));
  }
}

function checkRollingUpdate(errors: Errors, path: string, rolling: RollingUpdate | undefined): void {
  const isDaemonSet = path.includes('updateStrategy');
  checkIntOrPercent(errors, `${path}.maxUnavailable`, rolling?.maxUnavailable, true);
  checkIntOrPercent(errors, `${path}.maxSurge`, rolling?.maxSurge, isDaemonSet);
  if (percentOf(rolling?.maxUnavailable) !== 0 || percentOf(rolling?.maxSurge) !== 0) return;
  const field = `${path}.maxUnavailable`;
  errors.push(
    isDaemonSet
      ? requiredValue(field, 'cannot be 0 when maxSurge is 0')
      : invalidValue(field, rolling?.maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'),
  );
}

/** kube-apiserver shows the strategy by its internal names. */
function shownStrategy(strategy: { type?: string; rollingUpdate?: RollingUpdate } | undefined): unknown {
  return { Type: strategy?.type ?? '', RollingUpdate: strategy?.rollingUpdate ?? null };
}

export function validateControllerRevision(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const errors: Errors = [];
  if (old === undefined && object['data'] === undefined) errors.push(requiredValue('data'));
  const revision = object['revision'];
  checkNonNegative(errors, 'revision', typeof revision === 'number' ? revision : undefined);
  if (old !== undefined) checkImmutable(errors, 'data', object['data'], old['data']);
  return errors;
}
