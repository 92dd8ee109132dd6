/**
 * Kubernetes' own CEL functions, as far as rules of custom kinds use them here: lists, quantities and the optional `oldSelf`.
 * Quantities are carried as maps of one entry that holds their canonical text, optionals as lists of at most one item.
 */
import { canonicalQuantity, compareQuantities, parseQuantity, tryParseQuantity } from '../../quantity.ts';
import type * as Cel from '@bufbuild/cel';

const quantityKey = 'k8s.io/quantity';

type CelModule = typeof Cel;

/** `cel` comes from the caller, so that nothing is loaded before a rule is. */
export function kubernetesFunctions(cel: CelModule): Cel.CelFunc[] {
  return [...listFunctions(cel), ...quantityFunctions(cel), ...optionalFunctions(cel)];
}

function listFunctions({ celMethod, listType, CelScalar }: CelModule): Cel.CelFunc[] {
  const list = listType(CelScalar.DYN);
  const { INT, BOOL, DYN } = CelScalar;
  const extreme = (name: 'min' | 'max', isBetter: (left: Ordered, right: Ordered) => boolean): Cel.CelFunc =>
    celMethod(name, list, [], DYN, function extremeOf(this: Cel.CelList) {
      const items = orderedItems(this);
      const [first] = items;
      if (first === undefined) throw new Error(`${name} called on empty list`);
      return items.reduce((best, item) => (isBetter(item, best) ? item : best), first);
    });
  return [
    celMethod('isSorted', list, [], BOOL, function isSorted(this: Cel.CelList) {
      return orderedItems(this).every((item, index, items) => {
        const before = items[index - 1];
        return before === undefined || before <= item;
      });
    }),
    celMethod('sum', list, [], DYN, function sum(this: Cel.CelList) {
      const items = [...this];
      if (items.every((item) => typeof item === 'bigint')) return items.reduce((total, item) => total + item, 0n);
      return items.reduce<number>((total, item) => total + Number(item), 0);
    }),
    extreme('min', (left, right) => left < right),
    extreme('max', (left, right) => left > right),
    celMethod('indexOf', list, [DYN], INT, function indexOf(this: Cel.CelList, wanted: Cel.CelValue) {
      return BigInt([...this].indexOf(wanted));
    }),
    celMethod('lastIndexOf', list, [DYN], INT, function lastIndexOf(this: Cel.CelList, wanted: Cel.CelValue) {
      return BigInt([...this].lastIndexOf(wanted));
    }),
  ];
}

type Ordered = bigint | number | string | boolean;

function orderedItems(list: Cel.CelList): readonly Ordered[] {
  return [...list].map((item) => {
    if (typeof item === 'object') throw new Error('items of the list have no order');
    return item;
  });
}

function quantityFunctions({ celFunc, celMethod, mapType, CelScalar }: CelModule): Cel.CelFunc[] {
  const { BOOL, INT, STRING, DYN } = CelScalar;
  const quantity = mapType(STRING, DYN);
  const valueOf = (map: Cel.CelMap): ReturnType<typeof parseQuantity> => {
    const text = map.get(quantityKey);
    if (typeof text !== 'string') throw new Error('no such overload');
    return parseQuantity(text);
  };
  const order = (left: Cel.CelMap, right: Cel.CelMap): number => compareQuantities(valueOf(left), valueOf(right));
  return [
    celFunc('isQuantity', [STRING], BOOL, (text) => tryParseQuantity(text) !== undefined),
    celFunc('quantity', [STRING], quantity, (text) => new Map([[quantityKey, canonicalQuantity(text)]])),
    celMethod('isLessThan', quantity, [quantity], BOOL, function isLessThan(this: Cel.CelMap, other: Cel.CelMap) {
      return order(this, other) < 0;
    }),
    celMethod('isGreaterThan', quantity, [quantity], BOOL, function isGreaterThan(this: Cel.CelMap, other: Cel.CelMap) {
      return order(this, other) > 0;
    }),
    celMethod('compareTo', quantity, [quantity], INT, function compareTo(this: Cel.CelMap, other: Cel.CelMap) {
      return BigInt(order(this, other));
    }),
  ];
}

function optionalFunctions({ celMethod, listType, CelScalar }: CelModule): Cel.CelFunc[] {
  const { BOOL, DYN } = CelScalar;
  const optional = listType(DYN);
  return [
    celMethod('hasValue', optional, [], BOOL, function hasValue(this: Cel.CelList) {
      return this.size > 0;
    }),
    celMethod('value', optional, [], DYN, function value(this: Cel.CelList) {
      const item = this.get(0);
      if (item === undefined) throw new Error('optional.none() dereference');
      return item;
    }),
    celMethod('orValue', optional, [DYN], DYN, function orValue(this: Cel.CelList, other: Cel.CelValue) {
      return this.get(0) ?? other;
    }),
  ];
}
