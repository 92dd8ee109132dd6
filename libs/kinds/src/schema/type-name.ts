/** `io.k8s.api.core.v1.Container` → `v1.Container`, as kube-apiserver names types in its decoding errors. */
export function typeNameOf(componentName: string | undefined): string {
  if (componentName === undefined) return 'object';
  const parts = componentName.split('.');
  return parts.length < 2 ? componentName : parts.slice(-2).join('.');
}
