/** The part of Kubernetes' `networking.k8s.io/v1` Ingress that MultiClusterIngress embeds. */
import { int32, list, object, oneOf, text } from '../schema-builder.ts';

const backendSchema = object(
  'Where requests go: a Service or an object.',
  {},
  {
    service: object(
      'A Service.',
      { name: text('Name of the Service.') },
      {
        port: object('Port by name or number.', {}, { name: text('Name.'), number: int32('Number.') }),
      },
    ),
    resource: object(
      'An object of this namespace.',
      { kind: text('Kind.'), name: text('Name.') },
      { apiGroup: text('API group; absent means core.') },
      { 'x-kubernetes-map-type': 'atomic' },
    ),
  },
);

const ruleSchema = object(
  'Paths of one host.',
  {},
  {
    host: text('Fully qualified host name, possibly with *. in front; absent means every host.'),
    http: object('Paths.', {
      paths: list(
        object(
          'One path.',
          {
            backend: backendSchema,
            pathType: oneOf(['Exact', 'Prefix', 'ImplementationSpecific'], 'How the path is matched.'),
          },
          { path: text('Path of the request.') },
        ),
        'Paths and where they lead.',
        { 'x-kubernetes-list-type': 'atomic' },
      ),
    }),
  },
);

export const ingressSpecSchema = object(
  'Rules that lead requests to Services.',
  {},
  {
    ingressClassName: text('Name of the IngressClass.'),
    defaultBackend: backendSchema,
    tls: list(
      object(
        'Certificate for hosts.',
        {},
        {
          hosts: list(text('Host.'), 'Hosts of the certificate.', { 'x-kubernetes-list-type': 'atomic' }),
          secretName: text('Secret with the certificate.'),
        },
      ),
      'Certificates.',
      { 'x-kubernetes-list-type': 'atomic' },
    ),
    rules: list(ruleSchema, 'Rules per host.', { 'x-kubernetes-list-type': 'atomic' }),
  },
);

const portStatusSchema = object(
  'State of one port.',
  { port: int32('Port.'), protocol: text('Protocol.') },
  {
    error: text('What is wrong with the port.'),
  },
);

export const loadBalancerStatusSchema = object(
  'Addresses of the load balancer.',
  {},
  {
    ingress: list(
      object(
        'One address.',
        {},
        {
          ip: text('IP address.'),
          hostname: text('Host name.'),
          ipMode: text('How packets reach the Service: VIP or Proxy.'),
          ports: list(portStatusSchema, 'Ports.', { 'x-kubernetes-list-type': 'atomic' }),
        },
      ),
      'Addresses.',
      { 'x-kubernetes-list-type': 'atomic' },
    ),
  },
);
