# DISCO's commands. Each makes the virtual environment and installs what it needs.
# The distribution's own, where it is new enough: it is built to be fast, and others often are not.
PYTHON ?= $(shell for p in /usr/bin/python3 python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null && $$p -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
STATE ?= state
PORT ?= 8888
CLOUD_PORT ?= 5000
NODES ?= auto
EXIT ?=
# Folder of make openstack: packages, image, state and logs.
OPENSTACK ?= openstack-state
PYTEST_ARGS ?=
# Where make smoke writes its report.
JUNIT ?= smoke.xml
# For one Python: NOX_ARGS='-s unit-3.13'
NOX_ARGS ?=
# Which frameworks' clusters test-frameworks makes.
FRAMEWORKS ?= tests/frameworks
# Executions of each target of make fuzz, and which targets; none for all.
RUNS ?= 50000
TARGETS ?=
# Which benchmarks make bench runs; none for all. WRITE=1 renews docs/performance.md.
BENCHMARKS ?=
WRITE ?=
# Of make soak; and seconds of each attack of make attacks, and which; none for all.
MINUTES ?= 10
SECONDS ?= 60
ATTACKS ?=
# Test files run side by side: some wait for nodes most of the time.
JOBS ?= 4
# The shell scripts that no unit test checks.
SCRIPTS := tools/system-packages .ci/run data/frameworks/shell/library.sh \
	tests/openstack/enter.sh tests/openstack/image.sh tests/openstack/init.sh tests/openstack/second_host.sh

# The image's Python; hashes of all files of a version, so that it builds on every architecture.
LOCK := --universal --python-version 3.12 --generate-hashes --custom-compile-command "make lock"

# Dozens of processes would each compile the same modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv system demo test test-frameworks test-pythons smoke openstack unit lint audit lock vendor fuzz faults soak attacks bench docs changelog dist hooks clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-16s %s\n", $$1, $$2}'

venv: $(VENV)/.installed ## the virtual environment with everything that development needs

$(VENV)/.installed: setup.py pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (apt install python3-venv, or PYTHON=...)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing some 240 Python packages into $(VENV); the first time this takes minutes."
	$(BIN)/python tools/install-packages --editable '.[object-store,test,lint,docs,dev]'
	@touch $@

system: ## install the system packages that nodes need (root), or say which
	@sh tools/system-packages

demo: venv system ## the embedded cloud, a cluster with Dask and Jupyter, its smoke job
	$(BIN)/python -m disco.embedded.demo --state $(STATE) --nodes $(NODES) --port $(PORT) \
		--cloud-port $(CLOUD_PORT) $(if $(EXIT),--exit)

test: venv lint ## all tests but the frameworks' clusters
	@sh tools/system-packages test
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-pythons: venv ## the unit tests on each supported Python that is installed
	$(BIN)/nox $(NOX_ARGS)

test-frameworks: venv ## each framework on a master and three workers, one after the other
	@sh tools/system-packages frameworks
	$(BIN)/python -m pytest --frameworks -p no:randomly $(FRAMEWORKS) $(PYTEST_ARGS)

smoke: venv ## the life of a cluster on the cloud of OS_CLOUD or OS_*; its report is smoke.xml
	DISCO_SMOKE=1 NODES=$(NODES) $(BIN)/python -m pytest -p no:randomly --junitxml $(JUNIT) tests/smoke $(PYTEST_ARGS)

openstack: venv ## a whole OpenStack whose instances run, and a cluster's life on it (root; YES=1, KEEP=1)
	$(BIN)/python -m tests.openstack --state $(OPENSTACK) run -- $(PYTEST_ARGS)

unit: venv ## the tests that need no cloud
	$(BIN)/python -m pytest tests/unit $(PYTEST_ARGS)

lint: venv ## ruff, mypy, the layers and, where it is installed, shellcheck
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v shellcheck >/dev/null; then shellcheck --severity=warning $(SCRIPTS); else echo "shellcheck is not installed: the shell scripts were not checked"; fi

audit: $(VENV)/.audit ## look for dangerous code (bandit) and known weaknesses of what the image installs (pip-audit)
	$(BIN)/python tools/audit

lock: $(VENV)/.audit ## versions and hashes of what the container image installs, into packaging/*.lock
	$(BIN)/uv pip compile --quiet $(LOCK) --output-file packaging/requirements.lock --extra server pyproject.toml
	$(BIN)/uv pip compile --quiet $(LOCK) --output-file packaging/build.lock packaging/build.in

vendor: ## the dashboard's libraries, as tools/dashboard-libraries/package-lock.json has them (npm)
	$(PYTHON) tools/vendor

fuzz: $(VENV)/.fuzz ## hostile input for every reader of outside text, guided by coverage
	$(BIN)/python -m fuzz --runs $(RUNS) $(TARGETS)

soak: venv ## ten minutes of users and hostile clients; errors, memory, threads and sockets afterwards
	$(BIN)/python -m soak --minutes $(MINUTES)

attacks: venv ## each attack for a minute, and how fast /health is answered meanwhile
	$(BIN)/python -m soak --attacks --seconds $(SECONDS) $(ATTACKS)

faults: venv ## every request with every fault of the cloud's services (VERB=list for one)
	DISCO_ALL_FAULTS=1 $(BIN)/python -m pytest -p no:randomly $(wildcard tests/api/test_cloud_faults*.py) \
		$(if $(VERB),-k '[$(VERB)]') $(PYTEST_ARGS)

$(VENV)/.audit: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[audit]'
	@touch $@

bench: $(VENV)/.bench ## measure DISCO beside its anchors, into bench.json
	$(BIN)/python -m benchmarks $(if $(WRITE),--write) $(BENCHMARKS)

$(VENV)/.bench: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

# Where there is no atheris for this Python or system, inputs are made without coverage.
$(VENV)/.fuzz: $(VENV)/.installed
	-$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	@touch $@

docs: venv ## the documentation as a site, into site/
	$(BIN)/mkdocs build --strict --site-dir site

changelog: venv ## the changelog as the next release has it, without changing a file
	$(BIN)/towncrier build --draft --version Unreleased

# The time of the commit: the same source gives the same wheel.
dist: $(VENV)/.audit ## the wheel, the source archive and the bill of materials (SBOM), into dist/
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} $(BIN)/python -m build
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
		--mc-type application --output-file dist/disco-clusters.cdx.json packaging/requirements.lock

hooks: venv ## run the checks before each commit and push of this clone
	$(BIN)/pre-commit install --install-hooks --hook-type pre-commit --hook-type pre-push

clean: ## remove what the commands made here (not the clusters in $(STATE))
	rm -rf $(VENV) build dist site *.egg-info .cache/nox .mypy_cache .ruff_cache .pytest_cache
