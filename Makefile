# Tessera: every command sets up what it needs. PYTHON is any Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help demo serve test check docs sbom advisories bench lock clean

help:  ## show this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: .venv/stamp  ## run the sample district: a SIS, an LMS and a tool, pulled, pushed and unified
	$(BIN)/tessera demo

serve: .venv/stamp  ## run the service with its own database in ./var
	$(BIN)/tessera serve

test: .venv/stamp  ## run the tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: .venv/stamp  ## lint, types, import rules, house rules, OpenAPI drift
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.rules
	$(BIN)/hadolint Dockerfile
	$(BIN)/tessera export-openapi --check

docs: .venv/stamp  ## build the documentation as a site into dist/help (TESSERA_HELP=dist/help serves it at /help)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-input --require-hashes --requirement requirements-docs.txt
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

sbom: .venv/stamp  ## list what the wheel and the image are made of (CycloneDX) in dist/sbom.json
	@mkdir -p dist
	$(BIN)/uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements.txt \
	    --pyproject pyproject.toml --output-reproducible --of JSON --output-file dist/sbom.json

advisories: .venv/stamp  ## ask PyPI for advisories about what the wheel and the image are made of
	$(BIN)/python .ci/advisories

bench: .venv/stamp  ## measure Tessera beside the raw limits of this machine
	$(BIN)/python -m bench

lock: .venv/stamp  ## take the newest dependencies pyproject.toml allows into the lock files
	$(COMPILE) --upgrade --extra sftp --extra traces pyproject.toml --output-file requirements.txt
	$(COMPILE) --upgrade --group dev pyproject.toml --constraints requirements.txt --output-file requirements-dev.txt
	$(COMPILE) --group docs --constraints requirements-dev.txt --output-file requirements-docs.txt
	$(COMPILE) --group build --constraints requirements-dev.txt --output-file requirements-build.txt

clean:  ## remove the virtual environment and every cache; data in ./var stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/stamp: requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tessera needs Python 3.11 or newer; \
	$(PYTHON) is $$($(PYTHON) --version 2>&1). Name another one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "$(PYTHON) has no venv module: install it (Debian and Ubuntu: \
	apt install python3-venv), or name another one: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-input --require-hashes --requirement requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable .
	@touch $@
