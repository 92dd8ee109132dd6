import { visibleWidth } from './text-table.ts';

/** Breaks at spaces; a word longer than the width stays whole. Leading and inner spaces stay where no break is. */
export function wrap(text: string, width: number): readonly string[] {
  if (visibleWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const part of text.split(/(?<=\S)(?= +\S)/)) {
    if (line !== '' && visibleWidth(line) + visibleWidth(part) > width) {
      lines.push(line);
      line = part.trimStart();
    } else line += part;
  }
  lines.push(line);
  return lines;
}
