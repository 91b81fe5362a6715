# Tessera in one image: the service, its worker and its embedded PostgreSQL.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
COPY requirements.txt requirements-build.txt ./
RUN python3 -m venv /opt/build && python3 -m venv /opt/venv \
    && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-build.txt \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY connectors connectors
COPY app app
RUN /opt/build/bin/pip wheel --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/venv/bin/pip install --disable-pip-version-check --no-deps dist/*.whl \
    && /opt/venv/bin/pip uninstall --yes pip

# The documentation, as the site that /help serves: made of the code beside it, by tools that the image does without.
FROM build AS help
COPY requirements-docs.txt mkdocs.yml CHANGELOG.md ./
COPY openapi openapi
COPY docs docs
RUN /opt/build/bin/pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes \
       -r requirements-docs.txt \
    && NO_MKDOCS_2_WARNING=1 /opt/venv/bin/python -m mkdocs build --quiet

# The letters of transcripts (app/web/paper/letters.py): of the 93 MB of Debian's packages, only what is written with.
FROM ${BASE} AS fonts
WORKDIR /packages
RUN apt-get update \
    && apt-get download fonts-droid-fallback fonts-nanum fonts-noto-color-emoji fonts-noto-core \
    && for package in *.deb; do dpkg-deb --extract "$package" /unpacked; done \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /unpacked/usr/share/fonts/truetype
RUN install -D --mode 0644 --target-directory /fonts/noto noto/NotoColorEmoji.ttf noto/NotoSans*-Regular.ttf \
       noto/NotoSerifTibetan-Regular.ttf noto/NotoSerifNyiakengPuachueHmong-Regular.ttf \
    && install -D --mode 0644 --target-directory /fonts/droid droid/DroidSansFallbackFull.ttf \
    && install -D --mode 0644 --target-directory /fonts/nanum nanum/NanumGothic.ttf \
    && rm /fonts/noto/NotoSansSignWriting-Regular.ttf /fonts/noto/NotoSansCuneiform-Regular.ttf \
       /fonts/noto/NotoSans*Hieroglyphs-Regular.ttf /fonts/noto/NotoSansDisplay-Regular.ttf \
    && for package in /unpacked/usr/share/doc/fonts-*; do \
        install -D --mode 0644 "$package/copyright" "/fonts/licenses/${package##*/}"; \
    done

FROM ${BASE}
LABEL org.opencontainers.image.title="Tessera" \
      org.opencontainers.image.description="An open interoperability service for learner records" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin tessera \
    && install --directory --owner tessera --group tessera --mode 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=help /build/dist/help /opt/help
COPY --from=fonts /fonts /usr/share/fonts/truetype
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TESSERA_DATA=/data \
    TESSERA_HELP=/opt/help
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
ENTRYPOINT ["tessera"]
CMD ["serve", "--host", "0.0.0.0"]
