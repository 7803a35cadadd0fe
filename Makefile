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
PYTEST_ARGS ?=
# Which frameworks' clusters test-frameworks makes.
FRAMEWORKS ?= tests/frameworks
# Test files run side by side: some wait for nodes most of the time.
JOBS ?= 4

# Dozens of processes would each compile the same modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-frameworks lint unit venv system clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-16s %s\n", $$1, $$2}'

venv: $(VENV)/.installed

$(VENV)/.installed: setup.py pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (apt install python3-venv, or PYTHON=...)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[embedded,test,lint]'
	@touch $@

system: ## install the system packages that nodes need (root), or say which
	@sh tools/system-packages

demo: venv system ## the embedded cloud, a cluster with Dask and Jupyter, its smoke job
	$(BIN)/python -m disco.embedded.demo --state $(STATE) --nodes $(NODES) --port $(PORT) \
		--cloud-port $(CLOUD_PORT) $(if $(EXIT),--exit)

test: venv lint ## all tests but the frameworks' clusters
	@sh tools/system-packages test
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-frameworks: venv ## each framework on a master and three workers, one after the other
	@sh tools/system-packages frameworks
	$(BIN)/python -m pytest --frameworks -p no:randomly $(FRAMEWORKS) $(PYTEST_ARGS)

unit: venv ## the tests that need no cloud
	$(BIN)/python -m pytest tests/unit $(PYTEST_ARGS)

lint: venv ## ruff, mypy and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## remove what the commands made here (not the clusters in $(STATE))
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
