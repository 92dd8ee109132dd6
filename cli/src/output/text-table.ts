/** Aligned columns as kubectl prints them. Cells may be coloured. */
import { stripVTControlCharacters } from 'node:util';

const gap = 3;

export interface TextTable {
  /** Lines for further rows, in columns at least as wide as before. */
  lines(rows: readonly (readonly string[])[]): readonly string[];
}

export function createTextTable(): TextTable {
  const widths: number[] = [];
  return {
    lines(rows) {
      for (const row of rows) {
        row.forEach((cell, column) => {
          widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell));
        });
      }
      return rows.map((row) =>
        row
          .map((cell, column) => padded(cell, widths[column] ?? 0))
          .join('')
          .trimEnd(),
      );
    },
  };
}

export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return createTextTable().lines(header.length === 0 ? rows : [header, ...rows]);
}

export function visibleWidth(text: string): number {
  return text.includes('\u001B') ? stripVTControlCharacters(text).length : text.length;
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(width - visibleWidth(cell) + gap);
}
