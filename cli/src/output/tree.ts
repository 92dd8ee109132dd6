/** Trees of lines. */
import type { Colors } from '../terminal.ts';
import { visibleWidth } from './text-table.ts';
import { wrap } from './wrap.ts';

export interface TreeNode {
  readonly text: string;
  readonly children?: readonly TreeNode[];
}

const widthMin = 40;

export function renderTree(
  root: TreeNode,
  { colors, columns }: { readonly colors: Colors; readonly columns: number },
): readonly string[] {
  const lines: string[] = [];
  function add(node: TreeNode, first: string, rest: string): void {
    const children = node.children ?? [];
    const below = children.length > 0 ? `${rest}${colors.dim('│')} ` : `${rest}  `;
    wrap(node.text, Math.max(widthMin, columns - visibleWidth(below))).forEach((line, index) => {
      lines.push(`${index === 0 ? first : below}${line}`);
    });
    children.forEach((child, index) => {
      const isLast = index === children.length - 1;
      add(child, `${rest}${colors.dim(isLast ? '└─ ' : '├─ ')}`, `${rest}${isLast ? '   ' : `${colors.dim('│')}  `}`);
    });
  }
  add(root, '', '');
  return lines;
}
