import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { unauthorized } from '../errors/api-errors.ts';
import { authenticated, type UserInfo } from './user.ts';

/** null: the connection came without a certificate; 'rejected': with one that our CA didn't sign. */
const byConnection = new WeakMap<TLSSocket, UserInfo | 'rejected' | null>();

/** The user of a connection: common name and organisations of its client certificate. Read once per connection. Throws 401. */
export function certificateUser(socket: Socket | undefined): UserInfo | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  let found = byConnection.get(socket);
  if (found === undefined) {
    found = readUser(socket);
    byConnection.set(socket, found);
  }
  if (found === 'rejected') throw unauthorized();
  return found ?? undefined;
}

function readUser(socket: TLSSocket): UserInfo | 'rejected' | null {
  const { subject } = socket.getPeerCertificate();
  if (subject === undefined || subject === null) return null;
  if (!socket.authorized) return 'rejected';
  const name = firstOf(subject.CN);
  if (name === '') return 'rejected';
  return authenticated({ name, groups: allOf(subject.O) });
}

/** Node gives a string for one attribute and an array for several. */
function allOf(attribute: string | readonly string[] | undefined): readonly string[] {
  if (attribute === undefined) return [];
  return typeof attribute === 'string' ? [attribute] : attribute;
}

function firstOf(attribute: string | readonly string[] | undefined): string {
  return allOf(attribute)[0] ?? '';
}
