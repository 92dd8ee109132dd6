/**
 * Envelope encryption for values at rest. Each value has a data key of its own, which is wrapped by a key of the ring; the ring's first key wraps new ones, the others only
 * open what was sealed before a rotation. AES-256-GCM throughout; the subject is authenticated with the value, so that a sealed value can't be moved to another subject.
 *
 * Layout of a sealed value, in bytes: magic 5, length of the key's name 1, the name, nonce 12, wrapped data key 32 + tag 16, nonce 12, ciphertext, tag 16.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

/** A named 256-bit key. Names are stored beside what they sealed: never use one again for another key. */
export interface SealingKey {
  readonly name: string;
  readonly secret: Uint8Array;
}

export interface KeyRing {
  isSealed(value: Uint8Array): boolean;
  seal(subject: string, value: Uint8Array): Uint8Array;
  /** A value that isn't sealed is handed back as it is. Throws SealBroken. */
  open(subject: string, value: Uint8Array): Uint8Array;
  /** Whether `value` was sealed with the key that new values get: false for plain values too. */
  isCurrent(value: Uint8Array): boolean;
}

/** A sealed value can't be opened: `reason` tells whether its key is missing or its bytes were changed. Never holds anything of the value. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
  readonly reason: 'KeyMissing' | 'Altered';
  readonly subject: string;
  constructor(reason: 'KeyMissing' | 'Altered', subject: string, message: string) {
    super(message);
    this.reason = reason;
    this.subject = subject;
  }
}

export const sealingKeyBytes = 32;
const magic = Buffer.from([0x00, 0x66, 0x6c, 0x73, 0x01]);
const nonceBytes = 12;
const tagBytes = 16;
const nameMaxBytes = 255;
const wrapBytes = nonceBytes + sealingKeyBytes + tagBytes;

/** `randomBytes` is a cryptographic source of random bytes. Throws when the ring is empty, a key has the wrong size, or two keys have one name. */
export function createKeyRing(keys: readonly SealingKey[], randomBytes: (size: number) => Uint8Array): KeyRing {
  const [primary] = keys;
  if (primary === undefined) throw new Error('a key ring needs at least one key');
  const byName = new Map(keys.map((key) => [key.name, key]));
  if (byName.size !== keys.length) throw new Error('two keys of the ring have the same name');
  for (const { name, secret } of keys) {
    const nameBytes = Buffer.byteLength(name);
    if (nameBytes === 0 || nameBytes > nameMaxBytes) {
      throw new Error(`the name of a sealing key has 1 to ${nameMaxBytes} bytes; "${name}" has ${nameBytes}`);
    }
    if (secret.byteLength !== sealingKeyBytes) {
      throw new Error(`sealing key "${name}" has ${secret.byteLength} bytes instead of ${sealingKeyBytes}`);
    }
  }
  const prefix = Buffer.concat([magic, Buffer.from([Buffer.byteLength(primary.name)]), Buffer.from(primary.name)]);

  return {
    isSealed,
    seal(subject, value) {
      const dataKey = randomBytes(sealingKeyBytes);
      const wrapped = encrypt(primary.secret, randomBytes(nonceBytes), prefix, dataKey);
      return Buffer.concat([prefix, wrapped, encrypt(dataKey, randomBytes(nonceBytes), Buffer.from(subject), value)]);
    },
    open(subject, value) {
      const sealed = parse(value);
      if (sealed === undefined) return value;
      const key = byName.get(sealed.keyName);
      if (key === undefined) {
        const known = [...byName.keys()].join(', ');
        throw new SealBroken(
          'KeyMissing',
          subject,
          `${subject} was sealed with the key "${sealed.keyName}", which the key ring lacks (it has: ${known})`,
        );
      }
      try {
        return decrypt(decrypt(key.secret, sealed.header, sealed.wrapped), Buffer.from(subject), sealed.body);
      } catch (error) {
        if (error instanceof SealBroken) throw error;
        throw new SealBroken('Altered', subject, `the sealed value of ${subject} was changed or belongs elsewhere`);
      }
    },
    isCurrent: (value) => Buffer.compare(value.subarray(0, prefix.length), prefix) === 0,
  };
}

/** A name for a key that two keys don't share by chance. */
export function sealingKeyName(secret: Uint8Array): string {
  return createHash('sha256').update('flotilla sealing key').update(secret).digest('hex').slice(0, 16);
}

interface Sealed {
  readonly keyName: string;
  readonly header: Uint8Array;
  readonly wrapped: Uint8Array;
  readonly body: Uint8Array;
}

/** Plain values are JSON, which never begins with a zero byte. */
function isSealed(value: Uint8Array): boolean {
  return value[0] === magic[0] && Buffer.compare(value.subarray(0, magic.length), magic) === 0;
}

function parse(value: Uint8Array): Sealed | undefined {
  if (!isSealed(value)) return undefined;
  const headerBytes = magic.length + 1 + (value[magic.length] ?? 0);
  return {
    keyName: Buffer.from(value.subarray(magic.length + 1, headerBytes)).toString(),
    header: value.subarray(0, headerBytes),
    wrapped: value.subarray(headerBytes, headerBytes + wrapBytes),
    body: value.subarray(headerBytes + wrapBytes),
  };
}

function encrypt(key: Uint8Array, nonce: Uint8Array, authenticated: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(authenticated);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, authenticated: Uint8Array, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(authenticated);
  decipher.setAuthTag(sealed.subarray(sealed.byteLength - tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.byteLength - tagBytes)), decipher.final()]);
}
