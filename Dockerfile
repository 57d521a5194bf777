# The server for production: docs/operations.md "Container". The first stage has what building needs, the image what serving
# needs: Node, the server, its production packages. No shell, no package manager, no compiler; nothing of it is writable.
# Pin both images by digest where you build (`docker buildx imagetools inspect`): tags move.
ARG NODE_MAJOR=22
FROM node:${NODE_MAJOR}-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts scripts
COPY migrations migrations
COPY profiles profiles
COPY demo demo
COPY openapi.yaml openapi-fhir.yaml ./
COPY docs/policy.md docs/policy.md
COPY src src
RUN node scripts/build.js
RUN npm prune --omit=dev --omit=optional --no-audit --no-fund && rm -rf node_modules/.cache
RUN node scripts/sbom.js --installed > sbom.cdx.json
RUN mkdir spool

FROM gcr.io/distroless/nodejs${NODE_MAJOR}-debian12:nonroot
LABEL org.opencontainers.image.title="dmp-fhir-server" \
      org.opencontainers.image.licenses="Apache-2.0"
# 8 s for requests under way and 1 s for balancers to look elsewhere: within the 10 s of `docker stop`.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8443 \
    DMP_SPOOL_DIR=/spool \
    DMP_STOP_DELAY_MS=1000
WORKDIR /app
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=build /build/package.json /build/sbom.cdx.json ./
COPY bin bin
COPY LICENSE ./
COPY --from=build --chown=65532:65532 /build/spool /spool
VOLUME ["/spool"]
USER 65532:65532
EXPOSE 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/nodejs/bin/node", "dist/health.js"]
ENTRYPOINT ["/nodejs/bin/node"]
CMD ["--enable-source-maps", "--max-semi-space-size=16", "--heap-growing-percent=100", "--v8-pool-size=1", "dist/main.js"]
