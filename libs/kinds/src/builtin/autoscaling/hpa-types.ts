export interface ScaleTargetRef {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
}

export interface MetricTarget {
  readonly type?: string;
  readonly value?: string;
  readonly averageValue?: string;
  readonly averageUtilization?: number;
}

export interface MetricIdentifier {
  readonly name?: string;
  readonly selector?: object;
}

export interface MetricSpec {
  readonly type?: string;
  readonly resource?: { readonly name?: string; readonly target?: MetricTarget };
  readonly containerResource?: { readonly name?: string; readonly container?: string; readonly target?: MetricTarget };
  readonly pods?: { readonly metric?: MetricIdentifier; readonly target?: MetricTarget };
  readonly object?: {
    readonly describedObject?: ScaleTargetRef;
    readonly metric?: MetricIdentifier;
    readonly target?: MetricTarget;
  };
  readonly external?: { readonly metric?: MetricIdentifier; readonly target?: MetricTarget };
}

export interface ScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: readonly { readonly type?: string; readonly value?: number; readonly periodSeconds?: number }[];
  tolerance?: string;
}

export interface AutoscalerSpec {
  scaleTargetRef?: ScaleTargetRef;
  minReplicas?: number;
  maxReplicas?: number;
  metrics?: readonly MetricSpec[];
  behavior?: { scaleUp?: ScalingRules; scaleDown?: ScalingRules };
}

export interface AutoscalerStatus {
  readonly observedGeneration?: number;
  readonly lastScaleTime?: string;
  readonly currentReplicas?: number;
  readonly desiredReplicas?: number;
  readonly currentMetrics?: readonly MetricStatus[] | null;
  readonly conditions?: readonly Condition[];
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly lastTransitionTime?: string | null;
  readonly reason?: string;
  readonly message?: string;
}

export interface MetricStatus {
  readonly type?: string;
  readonly resource?: { readonly name?: string; readonly current?: MetricTarget };
  readonly containerResource?: { readonly name?: string; readonly container?: string; readonly current?: MetricTarget };
  readonly pods?: { readonly metric?: MetricIdentifier; readonly current?: MetricTarget };
  readonly object?: {
    readonly describedObject?: ScaleTargetRef;
    readonly metric?: MetricIdentifier;
    readonly current?: MetricTarget;
  };
  readonly external?: { readonly metric?: MetricIdentifier; readonly current?: MetricTarget };
}
