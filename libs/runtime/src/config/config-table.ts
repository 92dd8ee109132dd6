import type { ConfigField } from './config-field.ts';
import type { ConfigSchema } from './load-config.ts';

/** The schema as a Markdown table for READMEs. */
export function configTable(schema: ConfigSchema): string {
  const rows = Object.values(schema).map((field) => [
    `\`${field.variable}\``,
    defaultOf(field),
    escapeCell(field.format),
    escapeCell(field.help),
  ]);
  const head = ['variable', 'default', 'value', 'meaning'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function defaultOf({ defaultText, isRequired }: ConfigField<unknown>): string {
  if (isRequired) return '**required**';
  return defaultText === undefined || defaultText === '' ? 'none' : `\`${escapeCell(defaultText)}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
