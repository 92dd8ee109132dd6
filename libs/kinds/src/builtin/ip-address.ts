const octet = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const ipv4Pattern = new RegExp(String.raw`^(?:${octet}\.){3}${octet}$`);
const ipv6Groups = 8;

/** What is said of text that is no address. */
export const ipText = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

export function isIpAddress(text: string): boolean {
  return ipv4Pattern.test(text) || isIpv6(text);
}

export function isIpv4(text: string): boolean {
  return ipv4Pattern.test(text);
}

export function isIpv6(text: string): boolean {
  if (!text.includes(':') || text.includes(':::')) return false;
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const left = countGroups(head);
  const right = tail === undefined ? 0 : countGroups(tail);
  if (left === undefined || right === undefined) return false;
  return tail === undefined ? left === ipv6Groups : left + right < ipv6Groups;
}

/** 16-bit groups of a part of an address, an embedded IPv4 address counting for two; `undefined` when malformed. */
function countGroups(text: string): number | undefined {
  if (text === '') return 0;
  const groups = text.split(':');
  let count = 0;
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) count += 1;
    else if (index === groups.length - 1 && ipv4Pattern.test(group)) count += 2;
    else return undefined;
  }
  return count;
}

/** An address block as `10.0.0.0/8`. */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return false;
  const bits = text.slice(slash + 1);
  const address = text.slice(0, slash);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  return isIpv4(address) ? Number(bits) <= 32 : isIpv6(address) && Number(bits) <= 128;
}
