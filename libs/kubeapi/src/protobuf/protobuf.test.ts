import { describe, expect, it } from 'vitest';

import { decodeProtobuf, encodeProtobuf } from './protobuf.ts';

/** A Service as kube-apiserver v1.36.3 sent it. */
const recordedService = Buffer.from(
  'azhzAAoNCgJ2MRIHU2VydmljZRL2AwqBAwoDY2FwEgAaB2RlZmF1bHQiACokMDY2ZGExNGYtYjRkNC00ZTQ4LWE0NmMtZGJmNDBkMDk5ZDY0MgQxMjk1OABCCAjysI3YBhAAWgYKAWESAWKKAasCCgd1bmtub3duEgZVcGRhdGUaAnYxIggI8rCN2AYQADIIRmllbGRzVjE6/QEK+gF7ImY6bWV0YWRhdGEiOnsiZjpsYWJlbHMiOnsiLiI6e30sImY6YSI6e319fSwiZjpzcGVjIjp7ImY6Y2x1c3RlcklQIjp7fSwiZjppbnRlcm5hbFRyYWZmaWNQb2xpY3kiOnt9LCJmOnBvcnRzIjp7Ii4iOnt9LCJrOntcInBvcnRcIjo4MCxcInByb3RvY29sXCI6XCJUQ1BcIn0iOnsiLiI6e30sImY6cG9ydCI6e30sImY6cHJvdG9jb2wiOnt9LCJmOnRhcmdldFBvcnQiOnt9fX0sImY6c2Vzc2lvbkFmZmluaXR5Ijp7fSwiZjp0eXBlIjp7fX19QgASbAoXCgASA1RDUBhQIgoIARAAGgRodHRwKAAaBE5vbmUiCUNsdXN0ZXJJUDoETm9uZUIAUgBaAGAAaACKARBSZXF1aXJlRHVhbFN0YWNrkgEETm9uZZoBBElQdjSaAQRJUHY2sgEHQ2x1c3RlchoCCgAaACIA',
  'base64',
);

async function roundTrip(object: Readonly<Record<string, unknown>>): Promise<unknown> {
  const bytes = await encodeProtobuf(object);
  if (bytes === undefined) throw new Error('no descriptor');
  const outcome = await decodeProtobuf(bytes);
  return outcome.kind === 'decoded' ? outcome.object : outcome.message;
}

describe('decodeProtobuf', () => {
  it('reads what kube-apiserver writes as the JSON that it would have written', async () => {
    const outcome = await decodeProtobuf(recordedService);
    expect(outcome).toMatchObject({
      kind: 'decoded',
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: {
          name: 'cap',
          namespace: 'default',
          labels: { a: 'b' },
          managedFields: [{ manager: 'unknown', fieldsV1: { 'f:metadata': {} } }],
        },
        spec: { ports: [{ protocol: 'TCP', port: 80, targetPort: 'http' }], clusterIP: 'None', type: 'ClusterIP' },
        status: { loadBalancer: {} },
      },
    });
    const text = JSON.stringify(outcome);
    expect(text).toMatch(/"creationTimestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/);
    expect(text, 'zero values that mean nothing are left out').not.toMatch(
      /generateName|nodePort|externalName|loadBalancerIP/,
    );
  });

  it.each([
    ['an empty body', Buffer.alloc(0), /expected prefix/],
    ['JSON', Buffer.from('{}'), /expected prefix/],
    ['a body that is cut off', recordedService.subarray(0, 200), /damaged/],
    ['garbage', Buffer.concat([recordedService.subarray(0, 4), Buffer.alloc(64, 0xff)]), /damaged/],
  ])('refuses %s', async (_, body, message) => {
    expect(await decodeProtobuf(body)).toEqual({ kind: 'failed', message: expect.stringMatching(message) });
  });

  it('never throws on damaged bytes', async () => {
    for (let at = 4; at < recordedService.length; at += 7) {
      const damaged = Buffer.from(recordedService);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      expect(await decodeProtobuf(damaged)).toHaveProperty('kind');
    }
  });
});

describe('encodeProtobuf', () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    [
      'a Secret',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'AAEC', b: '' }, type: 'Opaque' },
    ],
    [
      'zero replicas',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
        spec: {
          replicas: 0,
          template: {
            spec: {
              containers: [
                { name: 'c', resources: { limits: { cpu: '1500m' } }, livenessProbe: { httpGet: { port: 'http' } } },
              ],
            },
          },
        },
      },
    ],
    [
      'a micro time',
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'l' },
        spec: { holderIdentity: '', renewTime: '2026-01-01T00:00:00.123456Z' },
      },
    ],
    [
      'a number or a percentage',
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'p' },
        spec: { maxUnavailable: '50%', minAvailable: 1 },
      },
    ],
    ['options', { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Foreground' }],
    [
      'an access review',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: 'u', extra: { k: ['a', 'b'] }, resourceAttributes: { verb: 'get' } },
      },
    ],
    [
      'inlined fields',
      {
        apiVersion: 'v1',
        kind: 'Pod',
        spec: {
          volumes: [{ name: 'v', configMap: { name: 'c', defaultMode: 420 } }],
          ephemeralContainers: [{ name: 'e', image: 'i', targetContainerName: 't' }],
        },
      },
    ],
    [
      'schemas of a CRD',
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        spec: {
          group: 'g',
          versions: [
            {
              name: 'v1',
              schema: {
                openAPIV3Schema: {
                  type: 'object',
                  properties: { a: { default: { x: [1] }, enum: ['p', 2] } },
                  additionalProperties: true,
                },
              },
            },
          ],
        },
      },
    ],
  ])('round-trips %s', async (_, object) => {
    expect(await roundTrip(object)).toMatchObject(object);
  });

  it('has nothing for custom kinds', async () => {
    expect(await encodeProtobuf({ apiVersion: 'example.com/v1', kind: 'Widget' })).toBeUndefined();
    expect(await encodeProtobuf({ apiVersion: 'apps.example.com/v1', kind: 'Deployment' })).toBeUndefined();
  });
});
