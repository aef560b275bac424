# Both services from one recipe: docker build --build-arg SERVICE=auth --tag relay-auth .
# There is no build step: Node runs the TypeScript sources.

FROM node:24-bookworm-slim AS dependencies
ARG SERVICE
WORKDIR /relay
COPY package.json package-lock.json .npmrc ./
COPY packages/cache/package.json packages/cache/
COPY packages/service-kit/package.json packages/service-kit/
COPY packages/tracing/package.json packages/tracing/
COPY services/$SERVICE/package.json services/$SERVICE/
# No install script is needed by what runs. What only editors and debuggers read is two fifths of the folder.
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
# What changes seldom comes first: a change of code is a new layer of some hundred kilobytes.
COPY --from=dependencies /relay/node_modules ./node_modules
COPY packages/tracing ./packages/tracing
COPY packages/cache ./packages/cache
COPY packages/service-kit ./packages/service-kit
COPY services/$SERVICE ./services/$SERVICE
WORKDIR /relay/services/$SERVICE
# By number, so that Kubernetes can tell that it is not root.
USER 1000:1000
EXPOSE 8080 8081
# Node itself is process 1: it handles SIGTERM, and no shell is needed.
ENTRYPOINT ["node"]
CMD ["--import", "@relay/tracing", "src/main.ts"]

# For `skaffold dev` (--target dev): sources that can be changed in a running container, and Node starts anew when they are.
FROM service AS dev
USER root
RUN chown -R 1000:1000 /relay/packages /relay/services
USER 1000:1000
# skaffold unpacks with tar. A file that is replaced, and not written over, Node watches no more.
ENV TAR_OPTIONS=--overwrite
CMD ["--watch", "--import", "@relay/tracing", "src/main.ts"]

# What is built without --target.
FROM service
