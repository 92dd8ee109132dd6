/** Checks of Cluster. */
import type { FieldError } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { duplicateValue, forbiddenValue, invalidValue, requiredValue } from '../field-error.ts';
import { checkLabelValue } from '../name-rule.ts';
import { compareQuantities, tryParseQuantity, type Quantity } from '../quantity.ts';
import { validateTaints } from './affinity-validation.ts';
import type { Cluster, ClusterSpec, ResourceModel } from './cluster.ts';

/** A cluster's name is part of other names. */
export const clusterNameMaxLength = 48;

const proxySchemes = ['http:', 'https:', 'socks5:'];

/** Expects objects that their schema accepts, after defaulting. */
export function validateCluster(object: KubeObject): readonly FieldError[] {
  const { spec, metadata } = object as Cluster;
  const errors: FieldError[] = [];
  const { name = '' } = metadata;
  if (name.length > clusterNameMaxLength) {
    errors.push(invalidValue('metadata.name', name, `must be no more than ${clusterNameMaxLength} characters`));
  }
  errors.push(...validateLocation(spec));
  errors.push(...validateAccess(spec));
  errors.push(...validateTaints(spec.taints ?? [], 'spec.taints', ['NoSchedule', 'PreferNoSchedule', 'NoExecute']));
  errors.push(...validateResourceModels(spec.resourceModels ?? [], 'spec.resourceModels'));
  return errors;
}

function validateLocation({ provider = '', region = '', zone = '', zones = [] }: ClusterSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const checkValue = (field: string, value: string): void => {
    for (const complaint of checkLabelValue(value)) errors.push(invalidValue(field, value, complaint));
  };
  checkValue('spec.provider', provider);
  checkValue('spec.region', region);
  checkValue('spec.zone', zone);
  zones.forEach((value, index) => checkValue(`spec.zones[${index}]`, value));
  if (zone !== '' && zones.length > 0) {
    errors.push(forbiddenValue('spec.zone', 'may not be used together with zones; add it to zones'));
  }
  return errors;
}

function validateAccess({ apiEndpoint = '', proxyURL = '', proxyHeader = {} }: ClusterSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (apiEndpoint !== '' && !isEndpoint(apiEndpoint)) {
    errors.push(invalidValue('spec.apiEndpoint', apiEndpoint, 'must be a URL such as https://10.0.0.1:6443'));
  }
  if (proxyURL !== '' && !(URL.canParse(proxyURL) && proxySchemes.includes(new URL(proxyURL).protocol))) {
    errors.push(invalidValue('spec.proxyURL', proxyURL, 'must be an http, https or socks5 URL'));
  }
  if (proxyURL === '' && Object.keys(proxyHeader).length > 0) {
    errors.push(forbiddenValue('spec.proxyHeader', 'may not be set without proxyURL'));
  }
  return errors;
}

/** With or without scheme: `https://10.0.0.1:6443`, `10.0.0.1:6443`. */
function isEndpoint(text: string): boolean {
  return URL.canParse(text.includes('://') ? text : `https://${text}`);
}

/** Grades differ; every grade has the same resources in the same order; ranges are not empty and touch each other. */
function validateResourceModels(models: readonly ResourceModel[], path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const grades = new Set<number>();
  const resources = resourcesOf(models[0]);
  models.forEach((model, index) => {
    const field = `${path}[${index}]`;
    if (grades.has(model.grade)) errors.push(duplicateValue(`${field}.grade`, model.grade));
    grades.add(model.grade);
    if (model.ranges.length === 0) errors.push(requiredValue(`${field}.ranges`));
    if (resourcesOf(model) !== resources) {
      const detail = 'must list the same resources in the same order as the first grade';
      errors.push(invalidValue(`${field}.ranges`, resourcesOf(model), detail));
      return;
    }
    errors.push(...validateRanges(model, models[index - 1], field));
  });
  return errors;
}

function resourcesOf(model: ResourceModel | undefined): string {
  return (model?.ranges ?? []).map(({ name }) => name).join(', ');
}

function validateRanges(
  model: ResourceModel,
  previous: ResourceModel | undefined,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  model.ranges.forEach(({ min, max }, index) => {
    const field = `${path}.ranges[${index}]`;
    const from = parse(min, `${field}.min`, errors);
    const to = parse(max, `${field}.max`, errors);
    if (from === undefined || to === undefined) return;
    if (compareQuantities(to, from) <= 0)
      errors.push(invalidValue(`${field}.max`, max, `must be greater than min (${min})`));
    const end = previous?.ranges[index]?.max;
    const before = end === undefined ? undefined : tryParseQuantity(end);
    if (before !== undefined && compareQuantities(before, from) !== 0) {
      errors.push(invalidValue(`${field}.min`, min, `must be equal to max of the grade before (${end})`));
    }
  });
  return errors;
}

function parse(value: string | number, field: string, errors: FieldError[]): Quantity | undefined {
  const parsed = tryParseQuantity(value);
  if (parsed === undefined) errors.push(invalidValue(field, value, 'must be a quantity such as 500m, 2 or 4Gi'));
  return parsed;
}
