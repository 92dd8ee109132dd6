import { Pool } from 'undici';

import type { ServerAccess } from './kubeconfig.ts';

export interface DirectClientOptions extends ServerAccess {
  /** Connections of the pool, each with one request at a time; further requests wait. */
  readonly connections: number;
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface DirectResponse {
  readonly status: number;
  readonly body: Buffer;
  /** Parses the body, at each call. */
  readonly json: () => unknown;
}

/** The least that it takes to talk to a Kubernetes API server: for tests, and as the floor of measurements. */
export interface DirectClient {
  /** Any status is an answer; only a broken connection rejects. A string or Buffer is sent as it is, anything else as JSON. */
  readonly request: (method: HttpMethod, path: string, body?: unknown, contentType?: string) => Promise<DirectResponse>;
  /** Like `request`, but a status of 400 or more rejects with the server's message. */
  readonly expect: (method: HttpMethod, path: string, body?: unknown, contentType?: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const ERROR_BODY_LENGTH = 500;

/** A pool of keep-alive HTTP/1.1 connections (faster than HTTP/2 against a kube-apiserver). A token wins over a certificate. */
export function createDirectClient({ url, caPem, token, certificate, connections }: DirectClientOptions): DirectClient {
  const identity =
    token === undefined && certificate !== undefined
      ? { cert: certificate.certificatePem, key: certificate.keyPem }
      : undefined;
  const pool = new Pool(url, { connections, pipelining: 1, allowH2: false, connect: { ca: caPem, ...identity } });
  const authorization = token === undefined ? undefined : { authorization: `Bearer ${token}` };

  const request: DirectClient['request'] = async (method, path, body, contentType = 'application/json') => {
    const sent = body === undefined ? null : encode(body);
    const headers: Record<string, string> = { ...authorization, accept: 'application/json' };
    if (sent !== null) headers['content-type'] = contentType;
    const response = await pool.request({ method, path, headers, body: sent });
    const received = Buffer.from(await response.body.arrayBuffer());
    return {
      status: response.statusCode,
      body: received,
      json: () => JSON.parse(received.toString('utf8')) as unknown,
    };
  };

  return {
    request,
    expect: async (method, path, body, contentType) => {
      const response = await request(method, path, body, contentType);
      if (response.status < 400) return response.json();
      const text = response.body.toString('utf8').slice(0, ERROR_BODY_LENGTH);
      throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    },
    close: async () => pool.destroy(),
  };
}

function encode(body: unknown): string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
}
