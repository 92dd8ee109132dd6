import type { KubeObject } from '@flotilla/kinds/kube-object';
import { servedKubernetesVersion } from '@flotilla/kubeapi/api-version';
import { timestamp } from '../model/timestamp.ts';
import { formatAddress, parseAddress } from './pod-addresses.ts';

export interface NodePlan {
  readonly memberName: string;
  readonly memberIndex: number;
  readonly provider: string;
  readonly region: string;
  /** Nodes are spread over these in turn. */
  readonly zones: readonly string[];
  readonly count: number;
  readonly cpu: string;
  readonly memory: string;
  readonly podsMax: number;
  readonly ephemeralStorage: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Each node's pods get 4,094 addresses of 10.128.0.0/9. */
const podRangeBase = parseAddress('10.128.0.0');
const podRangeBits = 12;

/** The nodes of a member as their kubelets would report them. They stay ready without saying so again: an idle member writes nothing. */
export function newNodes(plan: NodePlan, nowMs: number): readonly KubeObject[] {
  return Array.from({ length: plan.count }, (_, index) => newNode(plan, index, timestamp(nowMs)));
}

function newNode(plan: NodePlan, index: number, at: string): KubeObject {
  const { memberName, memberIndex, provider, region, zones, cpu, memory, ephemeralStorage } = plan;
  const name = `${memberName}-node-${index + 1}`;
  const zone = zones[index % zones.length] ?? `${region}-a`;
  const podCIDR = `${formatAddress(podRangeBase + index * 2 ** podRangeBits)}/${32 - podRangeBits}`;
  const capacity = { cpu, memory, pods: String(plan.podsMax), 'ephemeral-storage': ephemeralStorage };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        ...plan.labels,
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': name,
        'node.kubernetes.io/instance-type': `simulated-${cpu}`,
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': zone,
      },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
    },
    spec: { podCIDR, podCIDRs: [podCIDR], providerID: `${provider}://${zone}/${name}` },
    status: {
      capacity,
      allocatable: capacity,
      conditions: nodeConditions(at),
      addresses: [
        { type: 'InternalIP', address: `172.${20 + (memberIndex % 12)}.${index >> 8}.${(index & 255) + 2}` },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'simulated://1.0.0',
        kernelVersion: '6.12.0',
        kubeProxyVersion: '',
        kubeletVersion: servedKubernetesVersion.gitVersion,
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'Flotilla simulated node',
        systemUUID: '',
      },
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    },
  };
}

const quiet = [
  ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
] as const;

function nodeConditions(at: string): readonly object[] {
  const times = { lastHeartbeatTime: at, lastTransitionTime: at };
  return [
    ...quiet.map(([type, reason, message]) => ({ type, status: 'False', ...times, reason, message })),
    { type: 'Ready', status: 'True', ...times, reason: 'KubeletReady', message: 'kubelet is posting ready status' },
  ];
}
