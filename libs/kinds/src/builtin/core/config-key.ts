import { dnsSubdomainMaxLength } from '../../name-rule.ts';

const none: readonly string[] = [];
const keyPattern = /^[-._a-zA-Z0-9]+$/;
const keyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/** Complaints about a key of a ConfigMap or Secret; none when it is fine. */
export function checkConfigKey(key: string): readonly string[] {
  if (keyPattern.test(key) && key.length <= dnsSubdomainMaxLength && !key.startsWith('..') && key !== '.') return none;
  const complaints: string[] = [];
  if (key.length > dnsSubdomainMaxLength) complaints.push(`must be no more than ${dnsSubdomainMaxLength} bytes`);
  if (!keyPattern.test(key)) complaints.push(keyText);
  if (key === '.') complaints.push("must not be '.'");
  if (key === '..') complaints.push("must not be '..'");
  else if (key.startsWith('..')) complaints.push("must not start with '..'");
  return complaints;
}
