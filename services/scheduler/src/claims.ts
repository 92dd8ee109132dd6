/** Which templates a policy holds, by the markers on the templates. */
import { readClaim } from '@flotilla/placement/policy/claim';
import { formatPolicyRef, type PolicyRef } from '@flotilla/placement/policy/compiled-policy';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { TemplateKey } from './template-key.ts';

export interface Claims {
  /** `undefined` = the template is gone. */
  set(key: TemplateKey, template: KubeObject | undefined): void;
  isClaimed(key: TemplateKey): boolean;
  heldBy(policy: PolicyRef): Iterable<TemplateKey>;
}

export function createClaims(): Claims {
  const holders = new Map<TemplateKey, string>();
  const held = new Map<string, Set<TemplateKey>>();
  return {
    set(key, template) {
      const claim = template === undefined ? undefined : readClaim(template.metadata);
      const policy = claim === undefined ? undefined : formatPolicyRef(claim);
      const before = holders.get(key);
      if (before === policy) return;
      if (before !== undefined) {
        const keys = held.get(before);
        keys?.delete(key);
        if (keys?.size === 0) held.delete(before);
        holders.delete(key);
      }
      if (policy === undefined) return;
      holders.set(key, policy);
      let keys = held.get(policy);
      if (keys === undefined) held.set(policy, (keys = new Set()));
      keys.add(key);
    },
    isClaimed: (key) => holders.has(key),
    heldBy: (policy) => held.get(formatPolicyRef(policy)) ?? [],
  };
}
