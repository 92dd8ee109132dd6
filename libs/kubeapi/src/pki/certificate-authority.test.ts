import { generateKeyPairSync, X509Certificate } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createCertificateAuthority, loadCertificateAuthority } from './certificate-authority.ts';
import { isUsable } from './key-pair.ts';

const nowMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;

/** Made by another program. */
const kept = {
  certPem: `-----BEGIN CERTIFICATE-----
MIIBazCCARKgAwIBAgIQQa11p1LJIG+v6ux1qdGnUTAKBggqhkjOPQQDAjAWMRQw
EgYDVQQDEwtmbG90aWxsYS1jYTAeFw0yNTEyMzEyMzAwMDBaFw0zNTEyMzAwMDAw
MDBaMBYxFDASBgNVBAMTC2Zsb3RpbGxhLWNhMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAE1T89+pA8Mxb1SFQZhtjtQACaynJLrrh3Wkm0XWkSd6NV8ZVgr4nBqRzc
A1dXcemF/hhs81jfE6NtpB6onIScj6NCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNV
HQ8BAf8EBAMCAoQwHQYDVR0OBBYEFAlzNCGJ4wwvrQcVSs802j9jtEyLMAoGCCqG
SM49BAMCA0cAMEQCICgt6cfZ3ftEmJEzh+k1yh1rw83kW3waEJh6xa3JegGgAiAt
qhDxqt6u5VuzkP8WLUGEQo+fJ/9HNlObkv/DEemGfQ==
-----END CERTIFICATE-----`,
  keyPem: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggC9EFBIo412dmchF
ZGqbUBJ4PrflFeSSJAHvhJdJMm2hRANCAATVPz36kDwzFvVIVBmG2O1AAJrKckuu
uHdaSbRdaRJ3o1XxlWCvicGpHNwDV1dx6YX+GGzzWN8To22kHqichJyP
-----END PRIVATE KEY-----`,
};

describe('certificates', () => {
  it('are signed by an authority that may sign nothing but certificates and itself', async () => {
    const { keyPair } = await createCertificateAuthority('flotilla-ca', nowMs);
    const certificate = new X509Certificate(keyPair.certPem);
    expect(certificate).toMatchObject({ ca: true, subject: 'CN=flotilla-ca', issuer: 'CN=flotilla-ca' });
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(isUsable(keyPair, { caPem: keyPair.certPem, untilMs: nowMs + 3649 * dayMs })).toBe(true);
  });

  it('of servers are valid for a year, for all names and addresses', async () => {
    const authority = await createCertificateAuthority('flotilla-ca', nowMs);
    const names = ['localhost', 'kubernetes.default.svc', '127.0.0.1', '::1', '2001:db8::ff:1'];
    const pair = await authority.issueServing({
      commonName: 'flotilla-gateway',
      dnsNames: names.slice(0, 2),
      ipAddresses: names.slice(2),
    });
    const caPem = authority.keyPair.certPem;
    const certificate = new X509Certificate(pair.certPem);
    expect(certificate).toMatchObject({ ca: false, subject: 'CN=flotilla-gateway', keyUsage: ['1.3.6.1.5.5.7.3.1'] });
    expect(certificate.checkIssued(new X509Certificate(caPem))).toBe(true);
    expect(isUsable(pair, { caPem, untilMs: nowMs + 364 * dayMs, names })).toBe(true);
    expect(isUsable(pair, { caPem, untilMs: nowMs + 366 * dayMs })).toBe(false);
    expect(isUsable(pair, { caPem, untilMs: nowMs, names: ['example.org'] })).toBe(false);
    expect(isUsable(pair, { caPem, untilMs: nowMs, names: ['10.0.0.2'] })).toBe(false);
  });

  it('of clients name the user and all groups', async () => {
    const authority = await createCertificateAuthority('flotilla-ca', nowMs);
    const { certPem } = await authority.issueClient({ userName: 'Zoë', groups: ['system:masters', 'a, b'] });
    const certificate = new X509Certificate(certPem);
    expect(certificate.toLegacyObject().subject).toMatchObject({ CN: 'Zoë', O: ['system:masters', 'a, b'] });
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it('of an authority that was kept belong to it, whoever made it', async () => {
    const authority = await loadCertificateAuthority(kept, nowMs);
    const pair = await authority.issueServing({ commonName: 'a', dnsNames: ['a'], ipAddresses: [] });
    expect(new X509Certificate(pair.certPem).checkIssued(new X509Certificate(kept.certPem))).toBe(true);
    expect(isUsable(pair, { caPem: kept.certPem, untilMs: nowMs, names: ['a'] })).toBe(true);
  });

  it('are not made with keys of another kind', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(loadCertificateAuthority({ ...kept, keyPem }, nowMs)).rejects.toThrow('curve');
  });
});
