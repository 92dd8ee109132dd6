# One image for every service and for the flotilla command: sources run as they are, so what a container is, is the file it's started with.
#
#   docker build -t flotilla .
#   docker run flotilla services/gateway/src/main.ts
ARG NODE_IMAGE=node:24.21.0-slim

# Only the manifests, so that the installation below is done again only when one of them changed.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /flotilla
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

# What production needs, and nothing of tests. Optional packages are left out: they bring the Node that is in the image already.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /flotilla
COPY --from=manifests /flotilla ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --omit=optional --workspace services --workspace cli

# Package managers and headers are no use at run time, save to an intruder. Copied into an empty image, they take no room either.
FROM ${NODE_IMAGE} AS runtime
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/share /opt/yarn* \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn*

FROM scratch
COPY --from=runtime / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /flotilla
COPY --from=dependencies /flotilla/node_modules ./node_modules
COPY . .
# The root file system may be read-only; what Node compiled is kept in /tmp, for faster restarts, if that can be written.
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/flotilla-compile-cache
# By number, so that Kubernetes can see that it isn't root.
USER 1000:1000
# 7443: the Kubernetes API of the gateway, 8081: health and metrics, 8082: gRPC.
EXPOSE 7443 8081 8082
# Alive, not ready: a dependency that is away is waited for.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8081/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node handles the signals of PID 1 itself (the services end on SIGTERM) and reaps its own children; an init adds nothing here.
# Half of the default young generation: the services idle much, and it saves some 20 MiB each.
ENTRYPOINT ["node", "--max-semi-space-size=8"]
