/** Run as a process by the kill test: appends as fast as it can and prints the revision of each acknowledged append. */
import { createEmbeddedLog } from './embedded-log.ts';

/** 64 writers, each with subjects of its own; the value of `w<n>.<m>` is its counter. */
export async function appendForever(directory: string, acknowledge: (line: string) => void): Promise<never> {
  const log = await createEmbeddedLog({ directory, snapshotAfterBytes: 64 * 1024 });
  const write = async (writer: number): Promise<never> => {
    for (let counter = 0; ; counter++) {
      const value = Buffer.from(`${counter} ${'x'.repeat(counter % 500)}`);
      const pair = [`w${writer}.${counter % 5}`, `pair${writer}`].map((subject) => ({ subject, value }));
      const result = await log.append(pair);
      if (result.kind !== 'appended') throw new Error(`conflict on ${result.subject}`);
      acknowledge(`${writer} ${counter} ${result.revisions.join(' ')}\n`);
    }
  };
  return Promise.race(Array.from({ length: 64 }, (_, writer) => write(writer)));
}

const [, , directory] = process.argv;
if (import.meta.main && directory !== undefined) await appendForever(directory, (line) => process.stdout.write(line));
