import type { InterpreterLayer } from './interpreter.ts';
import { cronJob } from './kinds/cron-job.ts';
import { daemonSet } from './kinds/daemon-set.ts';
import { deployment } from './kinds/deployment.ts';
import { horizontalPodAutoscaler } from './kinds/horizontal-pod-autoscaler.ts';
import { ingress } from './kinds/ingress.ts';
import { job } from './kinds/job.ts';
import { persistentVolume } from './kinds/persistent-volume.ts';
import { persistentVolumeClaim } from './kinds/persistent-volume-claim.ts';
import { podDisruptionBudget } from './kinds/pod-disruption-budget.ts';
import { pod } from './kinds/pod.ts';
import { replicaSet } from './kinds/replica-set.ts';
import { secret } from './kinds/secret.ts';
import { serviceAccount } from './kinds/service-account.ts';
import { serviceImport } from './kinds/service-import.ts';
import { service } from './kinds/service.ts';
import { statefulSet } from './kinds/stateful-set.ts';
import type { KindOperations } from './operations.ts';

/** One entry a kind; a new kind is a new file and a line here. */
const nativeKinds: Readonly<Record<string, Readonly<Record<string, KindOperations>>>> = {
  v1: {
    PersistentVolume: persistentVolume,
    PersistentVolumeClaim: persistentVolumeClaim,
    Pod: pod,
    Secret: secret,
    Service: service,
    ServiceAccount: serviceAccount,
  },
  'apps/v1': { DaemonSet: daemonSet, Deployment: deployment, ReplicaSet: replicaSet, StatefulSet: statefulSet },
  'autoscaling/v2': { HorizontalPodAutoscaler: horizontalPodAutoscaler },
  'batch/v1': { CronJob: cronJob, Job: job },
  'multicluster.x-k8s.io/v1alpha1': { ServiceImport: serviceImport },
  'networking.k8s.io/v1': { Ingress: ingress },
  'policy/v1': { PodDisruptionBudget: podDisruptionBudget },
};

const index: ReadonlyMap<string, ReadonlyMap<string, KindOperations>> = new Map(
  Object.entries(nativeKinds).map(([apiVersion, kinds]) => [apiVersion, new Map(Object.entries(kinds))]),
);

export const nativeLayer: InterpreterLayer = {
  name: 'native',
  operationsOf: (apiVersion, kind) => index.get(apiVersion)?.get(kind),
};
