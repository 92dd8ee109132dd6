/** Whether an image reference names `latest`: by tag, or by naming neither tag nor digest. A port in the registry's name is no tag. */
export function isLatestImage(image: string): boolean {
  const digest = image.indexOf('@');
  const name = digest < 0 ? image : image.slice(0, digest);
  const colon = name.lastIndexOf(':');
  const tag = colon > name.lastIndexOf('/') ? name.slice(colon + 1) : '';
  return tag === 'latest' || (tag === '' && digest < 0);
}

export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  return isLatestImage(image ?? '') ? 'Always' : 'IfNotPresent';
}
