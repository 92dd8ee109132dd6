import { randomUUID } from 'node:crypto';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { readOpenApiBytes } from '@flotilla/kinds/openapi-files';
import { createGateway } from './service.ts';

const t0 = performance.now();
const { createKindSchemas } = await import('@flotilla/kinds/builtin/kind-schemas');
const { readOpenApiDocument } = await import('@flotilla/kinds/openapi-files');
let defs;
try {
  const { createBuiltinKinds } = await import('@flotilla/kinds/builtin/all');
  defs = createBuiltinKinds({ readDocument: readOpenApiDocument });
} catch (e) {
  console.log('fallback', String(e).slice(0, 100));
  const schemas = createKindSchemas(readOpenApiDocument);
  const { defineKind } = await import('@flotilla/kinds/builtin/define-kind');
  const { coreKinds } = await import('@flotilla/kinds/builtin/core/kinds');
  const { appsKinds } = await import('@flotilla/kinds/builtin/apps/kinds');
  const g = { group: 'rbac.authorization.k8s.io', version: 'v1' };
  defs = [...coreKinds(schemas), ...appsKinds(schemas),
    defineKind(schemas, { ...g, kind: 'ClusterRole', plural: 'clusterroles', isNamespaced: false, nameRule: 'path-segment' }),
    defineKind(schemas, { ...g, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', isNamespaced: false, nameRule: 'path-segment' }),
    defineKind(schemas, { ...g, kind: 'Role', plural: 'roles', nameRule: 'path-segment' }),
    defineKind(schemas, { ...g, kind: 'RoleBinding', plural: 'rolebindings', nameRule: 'path-segment' })];
}
let karmada: any[] = [];
try { karmada = [...(await import('@flotilla/kinds/karmada/all')).createKarmadaKinds()]; } catch (e) { console.log('no karmada', String(e).slice(0, 200)); }
const kinds = createKindRegistry([...defs, ...karmada]);
const dir = process.argv[2] ?? '/tmp/gwdev';
const log = await createEmbeddedLog(process.argv[4] === 'mem' ? {} : { directory: dir + '/log' });
const abort = new AbortController();
const store = await createObjectStore({ log, signal: abort.signal });
const gateway = await createGateway(
  { store, kinds, now: Date.now, newUid: randomUUID, report: (r) => console.log(JSON.stringify(r), (r as any).error?.stack ?? ''),
    openApi: { read: (gv) => { try { return readOpenApiBytes(gv); } catch { return undefined; } } } },
  { directory: dir, host: '127.0.0.1', port: Number(process.argv[3] ?? 0) },
);
console.log('ready', gateway.url, Math.round(performance.now() - t0), 'ms', Math.round(process.memoryUsage().rss / 1e6), 'MB');
process.on('SIGTERM', async () => { await gateway.stop(1000); abort.abort(); await log.close(); console.log('stopped', process.resourceUsage().userCPUTime / 1000); process.exit(0); });
