# The two commands, `make book` and `make test`. Each sets up .venv by itself the first time.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help book test goldens clean

PYTHON ?= python3
STAMP := .venv/.installed
PINS := requirements.txt constraints.txt pyproject.toml
RUST_VERSION := $(shell sed -n 's/^rust-version *= *"\(.*\)".*/\1/p' rust_ext/Cargo.toml)
RUST := $(wildcard rust_ext/Cargo.* rust_ext/src/*.rs rust_ext/src/*/*.rs)

export PATH := $(CURDIR)/.venv/bin:$(HOME)/.cargo/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Pages and golden notebooks run on .venv's own kernel, whatever else Jupyter knows of.
export JUPYTER_PREFER_ENV_PATH := 1
unexport JUPYTER_PATH PYTHONPATH
# The small networks here gain nothing from more, and lose much where a container hides its limits.
export OMP_NUM_THREADS ?= 2

help:
	@echo "make book      read it: builds the book into _build/html"
	@echo "make test      the tests, the golden notebooks and the built book in a browser"
	@echo "make goldens   write tests/golden/ anew from the pages (full MNIST for those that need it)"
	@echo "make clean     forget what was built, keep what was installed"

book: $(STAMP)
	jupyter-book build book/ -W -n --keep-going
	@test -f _build/html/index.html || { echo "jupyter-book built no _build/html/index.html" >&2; exit 1; }
	@printf '\nThe book is built. Open this page in a browser:\n  file://%s/_build/html/index.html\n' "$(CURDIR)"

test: $(STAMP)
	pytest

goldens: $(STAMP)
	python tests/golden/make_goldens.py

clean:
	rm -rf _build artefacts .pytest_cache .ruff_cache .mypy_cache

# Only the extension is built again when only Rust has changed.
$(STAMP): $(PINS) $(RUST)
	@$(check)
	@$(if $(filter $(PINS),$?),$(install),$(rebuild))
	@touch $@

# One line for each thing that is missing, before anything is downloaded.
define check
	missing=0; say() { echo "$$1" >&2; missing=1; }; \
	if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then \
	  say "Python 3.10 or newer is needed: install it from https://www.python.org/downloads; if it is not your python3, add PYTHON=python3.12 (or whatever it is called) to this command."; \
	elif ! $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	  say "Python's venv is needed: install it with apt install python3-venv (Debian, Ubuntu)."; fi; \
	cargo=$$(cargo --version 2>/dev/null | cut -d ' ' -f 2 || true); \
	[ "$$(printf '%s\n' "$(RUST_VERSION)" "$${cargo:-0}" | sort -V | head -n 1)" = "$(RUST_VERSION)" ] \
	  || say "Rust's cargo $(RUST_VERSION) or newer is needed: install it from https://rustup.rs, then open a new terminal."; \
	[ $$missing = 0 ]
endef

# pip says too much: only what is large, how it ends, and the whole log where it fails.
define install
	set -o pipefail; \
	echo "Setting up .venv: about 3 GB to download, 6.5 GB on disk, 3 to 5 minutes (all of it in .venv/install.log)."; \
	[ -x .venv/bin/python ] || $(PYTHON) -m venv .venv; \
	python -m pip install --progress-bar off -r requirements.txt -c constraints.txt 2>&1 | tee .venv/install.log \
	  | awk '/^ *Downloading .*\([0-9.]+ GB\)|^ *Downloading .*\([0-9][0-9][0-9.]+ MB\)/ { split($$2, name, "-"); print "  downloading", name[1], $$3, $$4 } \
	         /^(Building|Installing)/ { print "  " substr($$0, 1, 70) "..." } { fflush() }' \
	  || { tail -n 20 .venv/install.log >&2; exit 1; }
endef

define rebuild
	echo "Building the Rust extension again."; \
	python -m pip install --quiet --no-deps --no-build-isolation -e .
endef
