/** Where a simulated member pretends to run, and what it has. */
export interface MemberPlan {
  readonly name: string;
  readonly provider: string;
  readonly region: string;
  readonly zones: readonly string[];
}

const places: readonly Omit<MemberPlan, 'name'>[] = [
  { provider: 'aws', region: 'eu-west-1', zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] },
  { provider: 'gcp', region: 'us-central1', zones: ['us-central1-a', 'us-central1-b', 'us-central1-c'] },
  { provider: 'azure', region: 'westeurope', zones: ['westeurope-1', 'westeurope-2', 'westeurope-3'] },
  { provider: 'aws', region: 'us-east-1', zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] },
  {
    provider: 'gcp',
    region: 'asia-southeast1',
    zones: ['asia-southeast1-a', 'asia-southeast1-b', 'asia-southeast1-c'],
  },
  { provider: 'azure', region: 'eastus', zones: ['eastus-1', 'eastus-2', 'eastus-3'] },
  { provider: 'alibaba', region: 'cn-hangzhou', zones: ['cn-hangzhou-h', 'cn-hangzhou-i', 'cn-hangzhou-j'] },
  { provider: 'hetzner', region: 'eu-central', zones: ['fsn1', 'nbg1', 'hel1'] },
];

/** `member1`, `member2`, … in different providers and regions, starting again where the list ends. */
export function defaultFleet(count: number): readonly MemberPlan[] {
  return Array.from({ length: count }, (_, index) => {
    const place = places[index % places.length] ?? { provider: 'aws', region: 'eu-west-1', zones: ['eu-west-1a'] };
    return { name: `member${index + 1}`, ...place };
  });
}
