# docker build -t forepeak . && docker run --env-file forepeak.env -p 127.0.0.1:8000:8000 -v forepeak:/data forepeak
#
# Serves production, behind a proxy that speaks TLS: without PUBLIC_URL, secrets and a database it says what is missing
# and stops. docs/operations.md has the whole set-up, .env.example every variable.

FROM rust:1.95-bookworm AS build
# The image's own, whatever rust-toolchain.toml would fetch.
ENV RUSTUP_TOOLCHAIN=1.95.0
RUN apt-get update && apt-get install -y --no-install-recommends npm && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The tools first, so that a change of the sources does not install them again.
COPY .ci .ci
RUN .ci/setup build
COPY . .
RUN make build

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 forepeak \
    && install -d -o forepeak -g forepeak /data
# The binary looks for its site beside its own folder: /opt/forepeak/release/forepeak and /opt/forepeak/site.
COPY --from=build /src/target/release/forepeak /src/target/release/forepeak.debug /opt/forepeak/release/
COPY --from=build /src/target/site /opt/forepeak/site
ENV APP_ENV=production DATA_DIR=/data LEPTOS_SITE_ADDR=0.0.0.0:8000 EMBEDDED_S3_ADDR=0.0.0.0:9000
VOLUME /data
EXPOSE 8000 9000
USER forepeak
ENTRYPOINT ["/opt/forepeak/release/forepeak"]
CMD ["serve"]
