import type { Component, ResourceHealth } from '@flotilla/kinds/karmada/work';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { nativeLayer } from './native-layer.ts';
import { isFields, isSameStatus } from './object-field.ts';
import type { Fields } from './object-field.ts';
import type {
  AggregationContext,
  DependentObjectReference,
  KindOperations,
  Operation,
  ReplicaInterpretation,
  StatusItem,
} from './operations.ts';

/**
 * Tells what objects of any kind mean. Each operation is answered by the first layer that knows it for the object's apiVersion and kind: users' customizations, then webhooks,
 * then bundled third-party kinds, then the native ones. Never changes its arguments; results share what is unchanged.
 *
 * Native operations never throw. Other layers may throw InterpretationError; only `interpretHealth` turns that into a value.
 */
export interface Interpreter {
  /** Whether any layer knows the operation for this object's kind. */
  supports(object: KubeObject, operation: Operation): boolean;
  /** `undefined` for kinds without replicas: such objects are copied to every chosen cluster. */
  getReplicas(template: KubeObject): ReplicaInterpretation | undefined;
  getComponents(template: KubeObject): readonly Component[] | undefined;
  /** The template itself for kinds without replicas. */
  reviseReplica(template: KubeObject, replicas: number): KubeObject;
  /** The desired object itself when there is nothing to carry over. */
  retain(desired: KubeObject, observed: KubeObject): KubeObject;
  /** Sorted by kind, then name. Empty for kinds without dependencies. */
  getDependencies(template: KubeObject): readonly DependentObjectReference[];
  /** Kinds without an own rule report their whole `status`. */
  reflectStatus(observed: KubeObject): Fields | undefined;
  /** `undefined` for kinds whose status is not aggregated; the template's own status when nothing changed. */
  aggregateStatus(template: KubeObject, items: readonly StatusItem[], context: AggregationContext): Fields | undefined;
  /** Healthy for kinds without a rule, Unknown when the rule fails. */
  interpretHealth(observed: KubeObject): ResourceHealth;
}

/** One source of knowledge about kinds. `operationsOf` is called for every operation: it must be a lookup, not a computation. */
export interface InterpreterLayer {
  readonly name: string;
  operationsOf(apiVersion: string, kind: string): KindOperations | undefined;
}

/** A customization failed for this object: script error, webhook refusal or timeout. */
export class InterpretationError extends Error {
  override readonly name = 'InterpretationError';
  readonly layer: string;
  readonly operation: Operation;
  constructor(layer: string, operation: Operation, message: string, options?: ErrorOptions) {
    super(message, options);
    this.layer = layer;
    this.operation = operation;
  }
}

export interface InterpreterOptions {
  /** Asked in this order before the native kinds. */
  readonly layers?: readonly InterpreterLayer[];
}

export function createInterpreter(options: InterpreterOptions = {}): Interpreter {
  const layers: readonly InterpreterLayer[] = [...(options.layers ?? []), nativeLayer];

  function find<O extends Operation>(object: KubeObject, operation: O): KindOperations[O] | undefined {
    for (const layer of layers) {
      const known = layer.operationsOf(object.apiVersion, object.kind)?.[operation];
      if (known !== undefined) return known;
    }
    return undefined;
  }

  return {
    supports: (object, operation) => find(object, operation) !== undefined,
    getReplicas: (template) => find(template, 'getReplicas')?.(template),
    getComponents: (template) => find(template, 'getComponents')?.(template),
    reviseReplica: (template, replicas) => find(template, 'reviseReplica')?.(template, replicas) ?? template,
    retain: (desired, observed) => find(desired, 'retain')?.(desired, observed) ?? desired,
    getDependencies: (template) => find(template, 'getDependencies')?.(template) ?? [],
    reflectStatus(observed) {
      const reflect = find(observed, 'reflectStatus');
      return reflect === undefined ? wholeStatus(observed) : reflect(observed);
    },
    aggregateStatus(template, items, context) {
      const status = find(template, 'aggregateStatus')?.(template, items, context);
      if (status === undefined) return undefined;
      const current = template['status'];
      return isFields(current) && isSameStatus(status, current) ? current : status;
    },
    interpretHealth(observed) {
      const isHealthy = find(observed, 'isHealthy');
      if (isHealthy === undefined) return 'Healthy';
      try {
        return isHealthy(observed) ? 'Healthy' : 'Unhealthy';
      } catch (error) {
        if (error instanceof InterpretationError) return 'Unknown';
        throw error;
      }
    },
  };
}

function wholeStatus(observed: KubeObject): Fields | undefined {
  const status = observed['status'];
  return isFields(status) ? status : undefined;
}
