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

export interface MetricSpec {
  readonly type?: string;
  readonly resource?: { readonly name?: string; readonly target?: MetricTarget };
  readonly containerResource?: { readonly name?: string; readonly container?: string; readonly target?: MetricTarget };
  readonly pods?: { readonly metric?: { readonly name?: string }; readonly target?: MetricTarget };
  readonly object?: {
    readonly describedObject?: ScaleTargetRef;
    readonly metric?: { readonly name?: string };
    readonly target?: MetricTarget;
  };
  readonly external?: { readonly metric?: { readonly name?: string }; readonly target?: MetricTarget };
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
  readonly currentReplicas?: number;
  readonly currentMetrics?: readonly MetricStatus[] | null;
}

export interface MetricStatus {
  readonly type?: string;
  readonly resource?: { readonly current?: MetricTarget };
  readonly containerResource?: { readonly current?: MetricTarget };
  readonly pods?: { readonly current?: MetricTarget };
  readonly object?: { readonly current?: MetricTarget };
  readonly external?: { readonly current?: MetricTarget };
}
