import { describe, expect, it } from 'vitest';

import { parseManifests } from './parse-manifests.ts';

const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

describe('reading manifests', () => {
  it('knows the file and line of every document', () => {
    const { manifests, problems } = parseManifests(
      `# first\n---\n${configMap('a')}---\n\n${configMap('b')}---\n`,
      'app.yaml',
    );
    expect(problems).toEqual([]);
    expect(manifests.map(({ source, object }) => [source, object.metadata.name])).toEqual([
      ['app.yaml:3', 'a'],
      ['app.yaml:9', 'b'],
    ]);
  });

  it('reads JSON', () => {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 'v' } });
    expect(parseManifests(text, 'a.json').manifests[0]?.object['data']).toEqual({ k: 'v' });
  });

  it('takes lists apart', () => {
    const item = (name: string): unknown => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [item('a'), { apiVersion: 'v1', kind: 'ConfigMapList', items: [item('b')] }],
    };
    const { manifests } = parseManifests(JSON.stringify(list), 'list.json');
    expect(manifests.map(({ object }) => object.metadata.name)).toEqual(['a', 'b']);
  });

  it.each([
    ['nothing', ''],
    ['only comments', '# nothing here\n---\n# nor here\n'],
  ])('finds no object in %s', (_name, text) => {
    expect(parseManifests(text, 'empty.yaml')).toEqual({ manifests: [], problems: [] });
  });

  it.each([
    ['a broken indentation', `${configMap('a')} data: x\n`, 'f.yaml:5:1', /not valid YAML/],
    ['a tab', 'apiVersion: v1\nkind:\n\t- x\n', 'f.yaml:3:1', /not valid YAML/],
    ['a key twice', 'apiVersion: v1\napiVersion: v2\n', 'f.yaml:2:1', /not valid YAML: Map keys must be unique/],
    ['an unclosed list', 'a: [\n', 'f.yaml:2:1', /not valid YAML/],
    ['a list', '- 1\n', 'f.yaml:1', /an object is needed here, not a list/],
    ['text', 'hello\n', 'f.yaml:1', /an object is needed here, not "hello"/],
    ['no kind', 'apiVersion: v1\nmetadata: { name: a }\n', 'f.yaml:1', /^kind missing/],
    ['no apiVersion and kind', 'metadata: { name: a }\n', 'f.yaml:1', /^apiVersion and kind missing/],
    ['no metadata', 'apiVersion: v1\nkind: ConfigMap\n', 'f.yaml:1', /metadata.name is missing/],
    ['a number as name', configMap('12'), 'f.yaml:1', /must be text, not 12/],
    [
      'a generated name',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { generateName: a- }\n',
      'f.yaml:1',
      /generateName/,
    ],
  ])('names the place of %s', (_name, text, source, message) => {
    const { manifests, problems } = parseManifests(text, 'f.yaml');
    expect(manifests).toEqual([]);
    expect(problems).toEqual([{ source, message: expect.stringMatching(message) as string }]);
  });

  it('keeps the objects beside one that is not', () => {
    const { manifests, problems } = parseManifests(`${configMap('a')}---\n- 1\n---\n${configMap('b')}`, 'f.yaml');
    expect([manifests.length, problems.length]).toEqual([2, 1]);
  });

  it('refuses a document that grows by references', () => {
    const lines = ['a0: &a0 [x, x]'];
    for (let level = 1; level < 30; level++) lines.push(`a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`);
    const { manifests, problems } = parseManifests(`${lines.join('\n')}\n`, 'bomb.yaml');
    expect(manifests).toEqual([]);
    expect(problems[0]?.message).toMatch(/not valid YAML/);
  });
});
