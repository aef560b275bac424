# Builds either service: docker build --build-arg SERVICE=auth --tag relay-auth .
# Without a build step: Node runs the TypeScript sources.

FROM node:24-bookworm-slim AS dependencies
ARG SERVICE
WORKDIR /relay
COPY package.json package-lock.json .npmrc ./
COPY packages/access-token/package.json packages/access-token/
COPY packages/cache/package.json packages/cache/
COPY packages/service-kit/package.json packages/service-kit/
COPY packages/tracing/package.json packages/tracing/
COPY services/$SERVICE/package.json services/$SERVICE/
# The services need no install script. Type declarations, source maps and docs are two fifths of the folder.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --workspace services/$SERVICE --ignore-scripts --no-audit --no-fund \
 && find node_modules -type f '(' -name '*.map' -o -name '*.d.ts' -o -name '*.d.?ts' -o -name '*.md' ! -iname 'licen[cs]e*' ')' -delete

FROM node:24-bookworm-slim AS service
ARG SERVICE
LABEL org.opencontainers.image.title="relay-$SERVICE" \
      org.opencontainers.image.description="Relay's $SERVICE service" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
WORKDIR /relay
# Rarely changed files first: a change of code adds a layer of some hundred kilobytes.
COPY --from=dependencies /relay/node_modules ./node_modules
COPY packages/tracing ./packages/tracing
COPY packages/cache ./packages/cache
COPY packages/service-kit ./packages/service-kit
COPY packages/access-token ./packages/access-token
COPY services/$SERVICE ./services/$SERVICE
WORKDIR /relay/services/$SERVICE
# A number, by which Kubernetes verifies that it is not root.
USER 1000:1000
EXPOSE 8080 8081
# Node is process 1 and handles SIGTERM.
ENTRYPOINT ["node"]
CMD ["--import", "@relay/tracing", "src/main.ts"]

# For `skaffold dev` (--target dev): writable sources, and Node restarts when they change.
FROM service AS dev
USER root
RUN chown -R 1000:1000 /relay/packages /relay/services
USER 1000:1000
# skaffold unpacks with tar. Node stops watching a file that is replaced instead of overwritten.
ENV TAR_OPTIONS=--overwrite
CMD ["--watch", "--import", "@relay/tracing", "src/main.ts"]

# The default target.
FROM service
