# Builds any of the services: docker build --build-arg SERVICE=auth --tag relay-auth .
# Node runs the TypeScript sources. Only the page of the web service is built.

FROM node:24-bookworm-slim AS manifests
ARG SERVICE
WORKDIR /relay
COPY package.json package-lock.json .npmrc ./
COPY packages/access-token/package.json packages/access-token/
COPY packages/cache/package.json packages/cache/
COPY packages/service-kit/package.json packages/service-kit/
COPY packages/tracing/package.json packages/tracing/
COPY services/$SERVICE/package.json services/$SERVICE/

# Runs the script `build` of a service that has one, with its devDependencies.
FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm \
    npm ci --workspace services/$SERVICE --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY services/$SERVICE ./services/$SERVICE
RUN npm run build --workspace services/$SERVICE --if-present

FROM build AS runtime
RUN cd services/$SERVICE && rm -rf page build vite.config.ts node_modules

FROM manifests AS dependencies
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
COPY --from=runtime /relay/services/$SERVICE ./services/$SERVICE
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
# For `npm run build`, which skaffold runs after it has copied a source of the page.
COPY --from=build /relay/node_modules /relay/node_modules
COPY --from=build /relay/tsconfig.json /relay/package.json /relay/
COPY --from=build /relay/services/$SERVICE /relay/services/$SERVICE
RUN chown -R 1000:1000 /relay/packages /relay/services
USER 1000:1000
# skaffold unpacks with tar. Node stops watching a file that is replaced instead of overwritten.
ENV TAR_OPTIONS=--overwrite
CMD ["--watch", "--import", "@relay/tracing", "src/main.ts"]

# The default target.
FROM service
