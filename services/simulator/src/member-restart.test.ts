import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { readOpenApiBytes, readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { createCertificateAuthority } from '@flotilla/kubeapi/pki/certificate-authority';
import { expect, it } from 'vitest';
import { createApiClient } from './contract/api-client.ts';
import { deployment, statusOf } from './contract/manifests.ts';
import { createSimulatedMember, type SimulatedMember } from './simulated-member.ts';

const deployments = '/apis/apps/v1/namespaces/default/deployments';

it('is the same cluster after a restart: objects, token, port', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'simulated-member-'));
  const authority = await createCertificateAuthority('test', Date.now());
  const serving = await authority.issueServing({ commonName: 'member', dnsNames: [], ipAddresses: ['127.0.0.1'] });
  const newMember = (): SimulatedMember =>
    createSimulatedMember(
      {
        kinds: createBuiltinKinds({ readDocument: readOpenApiDocument }),
        openApi: { read: readOpenApiBytes },
        now: Date.now,
        random: Math.random,
        newUid: randomUUID,
        report: () => undefined,
      },
      {
        name: 'member1',
        provider: 'aws',
        region: 'eu-west-1',
        zones: ['eu-west-1a'],
        directory,
        tls: { ...serving, caPem: authority.keyPair.certPem },
        podTimes: { startDelayMs: 10 },
      },
    );
  const first = newMember();
  const access = await first.start();
  const client = createApiClient(access);
  await client.post(deployments, deployment('web', 2));
  await client.until(deployments, ([one]) => statusOf(one)['availableReplicas'] === 2);
  await client.close();
  await first.stop();

  const second = newMember();
  const again = await second.start();
  expect(again).toEqual(access);
  expect(second.counts()).toEqual({ nodes: 3, namespaces: 4, deployments: 1, pods: 2 });
  await second.stop();
  await rm(directory, { recursive: true });
});
