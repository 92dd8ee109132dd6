import { FieldSelectorError, parseFieldSelector, type FieldRequirement } from '@flotilla/kinds/field-selector';
import type { KindDefinition } from '@flotilla/kinds/kind-definition';
import { compileLabelRequirements, matchesEverything, type LabelMatcher } from '@flotilla/kinds/label-selector';
import { LabelSelectorSyntaxError, parseLabelSelector } from '@flotilla/kinds/label-selector-syntax';
import type { StoredObject } from '@flotilla/store/object-store';
import { badRequest } from '../errors/api-errors.ts';

/** Which objects of a collection a request means. */
export interface Selection {
  readonly matchesLabels: LabelMatcher;
  readonly fields: readonly BoundField[];
  readonly isEverything: boolean;
}

/** One requirement of a field selector, with how to read the field from an object of the kind. */
export interface BoundField extends FieldRequirement {
  readonly read: (object: StoredObject) => string;
}

const everything: Selection = { matchesLabels: matchesEverything, fields: [], isEverything: true };

/** Throws 400 for selectors that can't be understood and for fields that the kind can't be selected by. */
export function parseSelection(parameters: URLSearchParams | undefined, kind: KindDefinition): Selection {
  const labelText = parameters?.get('labelSelector') ?? '';
  const fieldText = parameters?.get('fieldSelector') ?? '';
  if (labelText === '' && fieldText === '') return everything;
  try {
    const labels = parseLabelSelector(labelText);
    const fields = parseFieldSelector(fieldText).map((requirement) => bindField(requirement, kind));
    return {
      matchesLabels: labels.length === 0 ? matchesEverything : compileLabelRequirements(labels),
      fields,
      isEverything: labels.length === 0 && fields.length === 0,
    };
  } catch (error) {
    if (error instanceof LabelSelectorSyntaxError || error instanceof FieldSelectorError)
      throw badRequest(error.message);
    throw error;
  }
}

export function isSelected(selection: Selection, object: StoredObject): boolean {
  if (selection.isEverything) return true;
  for (const { read, value, operator } of selection.fields) {
    if ((read(object) === value) !== (operator === '=')) return false;
  }
  return selection.matchesLabels === matchesEverything || selection.matchesLabels(object.object.metadata.labels);
}

/** Only the object of that name, besides what the selection says. */
export function narrowToName(selection: Selection, name: string): Selection {
  const field: BoundField = { field: 'metadata.name', operator: '=', value: name, read: readName };
  return { ...selection, isEverything: false, fields: [...selection.fields, field] };
}

const readName = (object: StoredObject): string => object.name;
const readNamespace = (object: StoredObject): string => object.namespace;

function bindField(requirement: FieldRequirement, kind: KindDefinition): BoundField {
  return { ...requirement, read: readerOf(requirement.field, kind) };
}

function readerOf(field: string, kind: KindDefinition): (object: StoredObject) => string {
  if (field === 'metadata.name') return readName;
  if (field === 'metadata.namespace') return readNamespace;
  const select = kind.selectableFields?.[field];
  if (select === undefined) throw badRequest(unknownField(field, kind));
  return (object) => select(object.object);
}

function unknownField(field: string, kind: KindDefinition): string {
  return kind.selectableFields === undefined
    ? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
    : `field label not supported: ${field}`;
}
