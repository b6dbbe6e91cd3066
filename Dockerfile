# Ragtime as one image: nginx in front of the server, both under s6. Understood by BuildKit and by buildah.
#
#   docker build --build-arg VERSION=0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" .
#
# To pin the bases give their digests: --build-arg NODE_DIGEST=@sha256:… --build-arg DEBIAN_DIGEST=@sha256:…
# The final stage stands on Debian and takes Node alone from the official image: what a layer below holds (npm, yarn,
# headers) could be hidden in it, but not removed from its size.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG NODE_DIGEST=
ARG DEBIAN_IMAGE=debian:bookworm-slim
ARG DEBIAN_DIGEST=

FROM ${NODE_IMAGE}${NODE_DIGEST} AS build
# A server needs no symbols to run: 18 MB.
RUN apt-get update \
 && apt-get install -y --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/* \
 && strip --strip-unneeded -o /usr/local/bin/node-stripped /usr/local/bin/node
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install script: native files come with the packages, for each platform that is built for.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build
# What the final stage takes: packages and model first, which few changes touch, then the product. Of the scripts those
# that run a program of the build; the others are for a checkout.
# An encrypted environment file goes with it where there is one; its key never does.
RUN mkdir -p /image/stable/.output/server /image/app/script/lib \
 && mv .output/server/node_modules .output/server/model /image/stable/.output/server/ \
 && cp -R .output deploy package.json /image/app/ \
 && cp script/lib/command.sh /image/app/script/lib/ \
 && cp $(grep -ls '^run_command ' script/*) /image/app/script/ \
 && if [ -f .env.production ]; then cp .env.production /image/app/; fi

FROM ${DEBIAN_IMAGE}${DEBIAN_DIGEST}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nginx libnginx-mod-http-brotli-static s6 \
 && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/* /etc/nginx/sites-enabled /etc/nginx/sites-available /var/www \
 && groupadd --gid 1000 node \
 && useradd --uid 1000 --gid node --home-dir /app --no-create-home --shell /usr/sbin/nologin node \
 && install -d -o node -g node -m 0700 /data \
 && chmod 1777 /run
COPY --from=build /usr/local/bin/node-stripped /usr/local/bin/node
COPY --from=build /image/stable /app
COPY --from=build /image/app /app
WORKDIR /app
# The files of another platform, or a library that Debian lacks, end the build and not the first visit.
RUN ["node", "deploy/check-image.mjs"]

# Tried out without any setting, a container makes its own password; what is deployed in the open sets `required`.
ENV NODE_ENV=production \
    RAGTIME_CREDENTIALS=local \
    RAGTIME_DATA_DIR=/data \
    NITRO_UNIX_SOCKET=/run/ragtime/app.sock
VOLUME /data
# Visitors, and the numbers for the platform's own network.
EXPOSE 8080 9091
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["/app/deploy/healthcheck.sh"]
ENTRYPOINT ["/app/deploy/entrypoint.sh"]

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Ragtime" \
      org.opencontainers.image.description="Ask questions of your own documents; every sentence of the answer shows the exact sentence it came from." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
