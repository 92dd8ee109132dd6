// Makes anew what is generated. `npm run gen` does what needs nothing but this checkout; `npm run gen -- all` also what is read from Kubernetes' published modules (needs Go).
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { runStep } from './run-step.ts';

const kubernetesVersion = 'v1.36.3';
const apiVersion = 'v0.36.3';
const script = (name: string): string => join('scripts', `${name}.ts`);

function moduleFolder(module: string): string {
  const answer = execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

const steps: (readonly [string, readonly string[]])[] = [
  ['docs/reference/cli.md', [script('generate-cli-reference')]],
  ['gRPC stubs', [script('protos'), 'generate']],
  ['configuration tables', [script('generate-config-tables')]],
];
if (process.argv.includes('all')) {
  const documents = join(moduleFolder(`k8s.io/kubernetes@${kubernetesVersion}`), 'api', 'openapi-spec', 'v3');
  const types = [
    `io.k8s.api=${moduleFolder(`k8s.io/api@${apiVersion}`)}`,
    `io.k8s.apimachinery=${moduleFolder(`k8s.io/apimachinery@${apiVersion}`)}`,
    `io.k8s.apiextensions-apiserver=${moduleFolder(`k8s.io/apiextensions-apiserver@${apiVersion}`)}`,
  ];
  steps.push(
    ['OpenAPI of built-in kinds', [script('generate-openapi'), documents, '--types', ...types]],
    ['protobuf descriptors', [script('generate-protobuf')]],
  );
}
for (const [title, args] of steps) {
  if (!runStep(title, process.execPath, args).isOk) process.exitCode = 1;
}
