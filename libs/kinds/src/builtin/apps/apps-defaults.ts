import { setPodTemplateDefaults } from '../core/pod-spec-defaults.ts';
import type { MutableKubeObject } from '../../kind-definition.ts';
import type { DaemonSetSpec, DeploymentSpec, ReplicaSetSpec, StatefulSetSpec } from './workload-types.ts';

const revisionHistoryLimit = 10;

export function setDeploymentDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as DeploymentSpec;
  spec.replicas ??= 1;
  const strategy = (spec.strategy ??= {});
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rolling = (strategy.rollingUpdate ??= {});
    rolling.maxUnavailable ??= '25%';
    rolling.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= revisionHistoryLimit;
  spec.progressDeadlineSeconds ??= 600;
  setPodTemplateDefaults(spec.template);
}

export function setReplicaSetDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as ReplicaSetSpec;
  spec.replicas ??= 1;
  setPodTemplateDefaults(spec.template);
}

export function setDaemonSetDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as DaemonSetSpec;
  const strategy = (spec.updateStrategy ??= {});
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rolling = (strategy.rollingUpdate ??= {});
    rolling.maxUnavailable ??= 1;
    rolling.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= revisionHistoryLimit;
  setPodTemplateDefaults(spec.template);
}

export function setStatefulSetDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as StatefulSetSpec;
  spec.replicas ??= 1;
  spec.podManagementPolicy ??= 'OrderedReady';
  spec.revisionHistoryLimit ??= revisionHistoryLimit;
  const strategy = (spec.updateStrategy ??= {});
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') (strategy.rollingUpdate ??= {}).partition ??= 0;
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  retention.whenDeleted ??= 'Retain';
  retention.whenScaled ??= 'Retain';
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion ??= 'v1';
    claim.kind ??= 'PersistentVolumeClaim';
    if (claim.spec !== undefined) claim.spec.volumeMode ??= 'Filesystem';
    (claim.status ??= {}).phase ??= 'Pending';
  }
  setPodTemplateDefaults(spec.template);
}
