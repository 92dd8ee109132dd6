import { createRootCertificateController } from './accounts/root-certificate.ts';
import { createEndpointsController } from './network/endpoints.ts';
import { createIngressController, createLoadBalancerController } from './network/load-balancer.ts';
import { createPodLife, type PodTimes } from './pods/pod-life.ts';
import { createPodScheduling } from './pods/pod-scheduling.ts';
import type { Controller } from './runner/controller.ts';
import { createClaimController } from './storage/claims.ts';
import { createCronJobController } from './workloads/cron-job.ts';
import { createDaemonSetController } from './workloads/daemon-set.ts';
import { createDeploymentController } from './workloads/deployment.ts';
import { createDisruptionBudgetController } from './workloads/disruption-budget.ts';
import { createJobController } from './workloads/job.ts';
import { createReplicaSetController } from './workloads/replica-set.ts';
import { createStatefulSetController } from './workloads/stateful-set.ts';

export interface ClusterControllerOptions {
  readonly memberIndex: number;
  readonly caPem: string;
  readonly podTimes: PodTimes;
}

/** What kube-controller-manager, kube-scheduler and the kubelets do, in the order in which one's work is the next one's. */
export function createClusterControllers({
  memberIndex,
  caPem,
  podTimes,
}: ClusterControllerOptions): readonly Controller[] {
  return [
    createRootCertificateController(caPem),
    createCronJobController(),
    createDeploymentController(),
    createReplicaSetController(),
    createStatefulSetController(),
    createDaemonSetController(),
    createJobController(),
    createClaimController(),
    createPodScheduling(),
    createPodLife(podTimes),
    createEndpointsController(),
    createLoadBalancerController(memberIndex),
    createIngressController(memberIndex),
    createDisruptionBudgetController(),
  ];
}
