const none: readonly string[] = [];
const allowed = /^[-a-z0-9]+$/;

/** Complaints about a port's name, in kube-apiserver's words; none when it is fine. */
export function checkPortName(name: string): readonly string[] {
  if (name.length <= 15 && allowed.test(name) && /[a-z]/.test(name) && !/^-|-$|--/.test(name)) return none;
  const complaints: string[] = [];
  if (name.length > 15) complaints.push('must be no more than 15 characters');
  if (!allowed.test(name)) complaints.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) complaints.push('must contain at least one letter (a-z)');
  if (name.includes('--')) complaints.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) complaints.push('must not begin or end with a hyphen');
  return complaints;
}
