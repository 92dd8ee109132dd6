import type { Append } from '../event-log.ts';
import { BoundedMap } from './bounded-map.ts';

const memosMaxEntries = 10_000;

/** In-process companions of entries on their way to the readers of the same process. They are few and forgotten soon: a reader that misses one parses. */
export class Memos {
  readonly #memos = new BoundedMap<string, unknown>(memosMaxEntries);

  keep(appendId: string, entries: readonly Append[]): void {
    entries.forEach(({ memo }, index) => {
      if (memo !== undefined) this.#memos.set(`${appendId}.${index}`, memo);
    });
  }

  drop(appendId: string, count: number): void {
    for (let index = 0; index < count; index++) this.#memos.delete(`${appendId}.${index}`);
  }

  of(appendId: string, index: number): unknown {
    return this.#memos.get(`${appendId}.${index}`);
  }
}
