# `make help` lists the targets. Each of them sets up .venv by itself; nothing need be activated.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# A Python that is asked for by name has a stamp of its own, so that asking for another makes .venv again.
MADE := $(VENV)/.stamp-made$(if $(filter-out file,$(origin PYTHON)),-$(notdir $(PYTHON)))
INSTALLED := $(VENV)/.stamp-installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo dashboard test lint lab lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(INSTALLED)  ## make a school's master schedule and print a table
	@$(BIN)/echelon demo

dashboard: $(INSTALLED)  ## open the pages for administrators, on this machine only
	@$(BIN)/echelon dashboard

test: $(INSTALLED)  ## run the tests and every notebook
# The workers of the tests would each compile the search otherwise.
	@$(BIN)/echelon solvers --compile
	$(BIN)/python -m pytest --nbval-lax --nbval-current-env --numprocesses auto --maxprocesses 4 --dist loadfile \
	  tests notebooks

lint: $(INSTALLED)  ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lab: $(INSTALLED)  ## open JupyterLab on the notebooks, on this machine only
	cd notebooks && ../$(BIN)/jupyter lab --ip=127.0.0.1

lock: $(MADE)  ## pin the dependencies again; UPGRADE=--upgrade takes the newest
	@$(call find_uv) || { echo "make lock needs uv, which could not be installed" >&2; exit 1; }; \
	"$$uv" pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-emit-index-url --no-header $(UPGRADE) pyproject.toml -o requirements.lock

clean:  ## remove .venv, caches and built packages; runs and data stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

# Sets the shell variable uv to a uv that runs: one on PATH, or the environment's own, installed when need be.
define find_uv
{ "$(BIN)/uv" --version || uv --version || $(PIP) install uv; } >/dev/null 2>&1; \
	for uv in $(BIN)/uv uv ""; do "$$uv" --version >/dev/null 2>&1 && break; done; [ -n "$$uv" ]
endef

$(MADE):
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "Python was not found as '$(PYTHON)'." >&2; \
	  echo "  Maybe another is there: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Echelon needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1)." >&2; \
	  echo "  Maybe a newer one is there: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make environments: its venv module is missing." >&2; \
	  echo "  Maybe it is a package of its own; on Debian: apt-get install python3-venv" >&2; exit 1; }
# An environment that works and has this version is kept; the base Python survives when .venv is active.
	@version='import pip, sys; print(sys.version_info[:2])'; \
	wanted=$$("$(PYTHON)" -c 'import sys; print(sys.version_info[:2])'); \
	base=$$("$(PYTHON)" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))'); \
	[ "$$($(BIN)/python -c "$$version" 2>/dev/null)" = "$$wanted" ] || "$$base" -m venv --clear $(VENV)
	@touch $@

$(INSTALLED): $(MADE) pyproject.toml requirements.lock
	@echo "Setting up $(VENV) ..."
	@if $(call find_uv); then \
	  "$$uv" pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  "$$uv" pip install --quiet --python $(BIN)/python --no-deps -e .; \
	else \
	  echo "uv could not be installed; pip is used, which takes some minutes longer."; \
	  $(PIP) install --require-hashes -r requirements.lock && $(PIP) install --no-deps -e .; \
	fi
	@touch $@
