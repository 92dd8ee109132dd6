/** Schema of `OverridePolicy.spec` and `ClusterOverridePolicy.spec`. */
import { anyValue, list, map, object, oneOf, text } from '../schema-builder.ts';
import { clusterAffinitySchema } from './placement-schema.ts';
import { resourceSelectorSchema } from './propagation-schema.ts';

const operators = ['add', 'remove', 'replace'] as const;

export const imageOverriderSchema = object(
  'Changes a part of container images.',
  {
    component: oneOf(['Registry', 'Repository', 'Tag'], 'Part of the image; Tag also means digest.'),
    operator: oneOf(operators, 'What to do with the part.'),
  },
  {
    predicate: object('Restricts the change to one image.', {
      path: text('JSON pointer of the image, e.g. /spec/template/spec/containers/0/image.'),
    }),
    value: text('New part, or what add appends. Must be empty for remove.'),
  },
);

const commandArgsOverriderSchema = object(
  'Changes command or args of one container.',
  {
    containerName: text('Name of the container.'),
    operator: oneOf(['add', 'remove'], 'add appends the values, remove takes them out.'),
  },
  { value: list(text('One word.'), 'Words to append or take out.') },
);

const labelAnnotationOverriderSchema = object(
  'Changes labels or annotations of the object.',
  { operator: oneOf(operators, 'What to do with the keys.') },
  { value: map(text('Value.'), 'Keys and values. For remove only the keys matter.') },
);

const patchFields = {
  operator: oneOf(operators, 'What to do at the place.'),
};
const patchValue = anyValue('New value. Must be absent for remove.');

const fieldPatches = list(
  object(
    'One change within the embedded document.',
    { subPath: text('JSON pointer within the document.'), ...patchFields },
    { value: patchValue },
  ),
  'Changes, applied in order.',
);

export const fieldOverriderSchema = object(
  'Changes a JSON or YAML document held in a string field, e.g. in a ConfigMap.',
  { fieldPath: text('JSON pointer of the string field.') },
  { json: fieldPatches, yaml: fieldPatches },
);

export const plaintextOverriderSchema = object(
  'One JSON patch operation on the object.',
  { path: text('JSON pointer of the place.'), ...patchFields },
  { value: patchValue },
);

export const overridersSchema = object(
  'Changes, applied in this order: image, command, args, labels, annotations, field, plaintext.',
  {},
  {
    imageOverrider: list(imageOverriderSchema, 'Changes of container images.'),
    commandOverrider: list(commandArgsOverriderSchema, 'Changes of container commands.'),
    argsOverrider: list(commandArgsOverriderSchema, 'Changes of container args.'),
    labelsOverrider: list(labelAnnotationOverriderSchema, 'Changes of labels.'),
    annotationsOverrider: list(labelAnnotationOverriderSchema, 'Changes of annotations.'),
    fieldOverrider: list(fieldOverriderSchema, 'Changes of documents inside string fields.'),
    plaintext: list(plaintextOverriderSchema, 'JSON patch operations.'),
  },
);

export const ruleWithClusterSchema = object(
  'Changes for some clusters.',
  { overriders: overridersSchema },
  { targetCluster: clusterAffinitySchema },
);

export const overrideSpecSchema = object(
  'What is changed, for which templates, in which clusters.',
  {},
  {
    resourceSelectors: list(resourceSelectorSchema, 'Templates that are changed; absent means all.'),
    overrideRules: list(ruleWithClusterSchema, 'Changes per group of clusters, applied in order.'),
    targetCluster: clusterAffinitySchema,
    overriders: overridersSchema,
  },
);
