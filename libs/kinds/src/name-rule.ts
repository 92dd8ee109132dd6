/**
 * Kubernetes' rules for names, label keys and label values. A check returns the complaints in kube-apiserver's words; none means valid.
 * The messages are constants because clients and conformance tests compare them.
 */
export type Complaints = readonly string[];

const none: Complaints = [];

const dnsLabelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dns1035Pattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedNamePattern = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValuePattern = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const dnsLabelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const dns1035Text =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const dnsSubdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const qualifiedNameText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

export const dnsLabelMaxLength = 63;
export const dnsSubdomainMaxLength = 253;

function maxLengthText(max: number): string {
  return `must be no more than ${max} bytes`;
}

function check(value: string, max: number, pattern: RegExp, text: string): Complaints {
  if (value.length <= max && pattern.test(value)) return none;
  const complaints: string[] = [];
  if (value.length > max) complaints.push(maxLengthText(max));
  if (!pattern.test(value)) complaints.push(text);
  return complaints;
}

export function checkDnsLabel(value: string): Complaints {
  if (value.includes('.') && dnsSubdomainPattern.test(value)) return ['must not contain dots'];
  return check(value, dnsLabelMaxLength, dnsLabelPattern, dnsLabelText);
}

export function checkDns1035Label(value: string): Complaints {
  return check(value, dnsLabelMaxLength, dns1035Pattern, dns1035Text);
}

export function checkDnsSubdomain(value: string): Complaints {
  return check(value, dnsSubdomainMaxLength, dnsSubdomainPattern, dnsSubdomainText);
}

/** A name that only has to fit into one segment of a URL (RBAC objects). */
export function checkPathSegment(value: string): Complaints {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}

/** Label keys, annotation keys, finalizers: `[prefix/]name`. */
export function checkQualifiedName(value: string): Complaints {
  const slash = value.indexOf('/');
  if (slash >= 0 && value.includes('/', slash + 1)) {
    return [
      `a qualified name ${qualifiedNameText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = value.slice(slash + 1);
  const complaints = [...(slash < 0 ? none : checkPrefix(value.slice(0, slash)))];
  if (name === '') complaints.push('name part must be non-empty');
  else if (name.length > dnsLabelMaxLength) complaints.push(`name part ${maxLengthText(dnsLabelMaxLength)}`);
  if (!qualifiedNamePattern.test(name)) complaints.push(`name part ${qualifiedNameText}`);
  return complaints;
}

function checkPrefix(prefix: string): Complaints {
  if (prefix === '') return ['prefix part must be non-empty'];
  return checkDnsSubdomain(prefix).map((complaint) => `prefix part ${complaint}`);
}

export function checkLabelValue(value: string): Complaints {
  return check(value, dnsLabelMaxLength, labelValuePattern, labelValueText);
}
