import type { KubeObject } from '@flotilla/kinds/kube-object';
import { fieldsOf, listAt, withField } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';

export const serviceAccount: KindOperations = {
  /** Token Secrets that the member made for the account are its own business. */
  retain: (desired, observed) => retainList(retainList(desired, observed, 'secrets'), observed, 'imagePullSecrets'),
};

function retainList(desired: KubeObject, observed: KubeObject, field: string): KubeObject {
  const wanted = listAt(desired, field);
  const names = new Set(wanted.map((reference) => fieldsOf(reference)['name']));
  const added = listAt(observed, field).filter((reference) => !names.has(fieldsOf(reference)['name']));
  return added.length === 0 ? desired : withField(desired, [field], [...wanted, ...added]);
}
