import { createPrivateKey, generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What has to be the same after a restart, because others hold it: the token they come with, the key that signed their tokens, the port they know. */
export interface MemberIdentity {
  readonly adminToken: string;
  /** EC P-256, PKCS #8. */
  readonly serviceAccountKeyPem: string;
  /** Where it listened last; 0 = nowhere yet. */
  readonly port: number;
}

export interface IdentityFile {
  readonly identity: MemberIdentity;
  savePort(port: number): Promise<void>;
}

const fileName = 'member.json';

/** Without a directory it lasts as long as the process. A file that can't be read is made anew: the member is then joined again. */
export async function loadIdentity(directory: string | undefined): Promise<IdentityFile> {
  const kept = directory === undefined ? undefined : await read(join(directory, fileName));
  const identity = kept ?? { adminToken: newToken(), serviceAccountKeyPem: await newKey(), port: 0 };
  const save = (content: MemberIdentity): Promise<void> =>
    directory === undefined ? Promise.resolve() : write(directory, content);
  if (kept === undefined) await save(identity);
  return {
    identity,
    savePort: (port) => (port === identity.port ? Promise.resolve() : save({ ...identity, port })),
  };
}

async function read(path: string): Promise<MemberIdentity | undefined> {
  try {
    const content = JSON.parse(await readFile(path, 'utf8')) as Partial<MemberIdentity>;
    const { adminToken, serviceAccountKeyPem, port } = content;
    if (typeof adminToken !== 'string' || typeof serviceAccountKeyPem !== 'string' || typeof port !== 'number')
      return undefined;
    createPrivateKey(serviceAccountKeyPem);
    return { adminToken, serviceAccountKeyPem, port };
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

async function write(directory: string, identity: MemberIdentity): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, fileName);
  await writeFile(`${path}.tmp`, JSON.stringify(identity), { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}

async function newKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
