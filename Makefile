# The two commands, `make book` and `make test`. Each sets up .venv by itself the first time.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help book notebooks lab test lint widgets goldens clean missing-extension

PYTHON ?= python3
STAMP := .venv/.installed
PINS := requirements.txt constraints.txt pyproject.toml
RUST := $(shell find rust_ext -name target -prune -o \( -name 'Cargo.*' -o -name '*.rs' \) -print)
RUST_VERSION := $(shell sed -n 's/^rust-version *= *"\(.*\)".*/\1/p' rust_ext/Cargo.toml)
PAGE_LINT := _build/lint

export PATH := $(CURDIR)/.venv/bin:$(HOME)/.cargo/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The pins, also of what builds the package: newer pips want a name of its own for that.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
# Pages and golden notebooks run on .venv's own kernel, whatever else Jupyter knows of.
export JUPYTER_PREFER_ENV_PATH := 1
unexport JUPYTER_PATH PYTHONPATH
# The small networks here gain nothing from more, and lose much where a container hides its limits.
export OMP_NUM_THREADS ?= 2
# A thread that waits for another gives its core away after some 0.1 ms. By default it keeps it, and where other
# programs want the cores too, a training takes up to 30 times as long; where none does, this costs 10 %.
export GOMP_SPINCOUNT ?= 10000

help:
	@echo "make book      read it: builds the book into _build/html"
	@echo "make notebooks work in it: every page as a notebook, in notebooks/; builds the book first"
	@echo "make lab       the same, and opens them in JupyterLab"
	@echo "make test      the tests, the golden notebooks and the built book in a browser"
	@echo "make lint      every checker of the Python, Rust and JavaScript, and the tests of the last two"
	@echo "make widgets   build the widgets' scripts and styles anew from vecnb/widgets/js"
	@echo "make goldens   write tests/golden/ anew from the pages (full MNIST for those that need it)"
	@echo "make clean     forget what was built, keep what was installed"

# The stamp _build/.book has the time at which the build began: the tests build again if a source is newer.
book: $(STAMP)
	@mkdir -p _build && touch _build/.begun
	jupyter-book build book/ -W -n --keep-going
	@test -f _build/html/index.html || { echo "jupyter-book built no _build/html/index.html" >&2; exit 1; }
	@mv _build/.begun _build/.book
	@printf '\nThe book is built. Open this page in a browser:\n  %s\n' \
	  "$$(python -c 'import pathlib; print(pathlib.Path("_build/html/index.html").resolve().as_uri())')"

# Yours, once they are there: who works in a notebook must not lose it to the next build.
notebooks: book
	@mkdir -p notebooks; for page in _build/html/notebooks/*.ipynb; do \
	  mine=notebooks/$${page##*/}; [ -e "$$mine" ] || cp "$$page" "$$mine"; done
	@echo "The notebooks are in notebooks/. Those that were there are as they were; delete one to get it anew."

lab: notebooks
	@python -c 'import jupyterlab' 2>/dev/null || python -m pip install --quiet --progress-bar off -e '.[lab]'
	jupyter lab notebooks/

test: $(STAMP)
	pytest

lint: $(STAMP)
	ruff check vecnb tests benches book rust_ext
	ruff format --check vecnb tests benches book rust_ext
	@rm -rf $(PAGE_LINT) && mkdir -p $(PAGE_LINT)
	@for page in $$(grep -l '{code-cell}' book/*.md); do \
	  jupytext --quiet --to ipynb --output "$(PAGE_LINT)/$$(basename "$$page" .md).ipynb" "$$page"; done
	@# Code as wide as a screen shows; strict= in every zip would distract a reader from the subject.
	ruff check --config pyproject.toml --line-length 96 --extend-ignore B905 $(PAGE_LINT)
	ruff format --check --config pyproject.toml --line-length 96 $(PAGE_LINT)
	mypy vecnb
	python -m mypy.stubtest --mypy-config-file <(printf '[mypy]\n[mypy-torch.*]\nfollow_imports = skip\n') vecnb._raster
	cargo fmt --manifest-path rust_ext/Cargo.toml --all --check
	cargo clippy --manifest-path rust_ext/Cargo.toml --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --manifest-path rust_ext/Cargo.toml --locked --no-deps
	cargo test --manifest-path rust_ext/Cargo.toml --locked --quiet
	deno fmt --check --line-width=110 vecnb/widgets/js/*/*.{js,css} tests/js/*.js book/_offline/*.{js,css}
	deno lint --quiet vecnb/widgets/js tests/js book/_offline
	deno test --quiet --reporter=dot tests/js
	python vecnb/widgets/js/build.py --check

widgets: $(STAMP)
	python vecnb/widgets/js/build.py

goldens: $(STAMP)
	python tests/golden/make_goldens.py

clean:
	rm -rf _build artefacts .pytest_cache .ruff_cache .mypy_cache

# Only the extension is built again when only Rust has changed, or when it is gone.
$(STAMP): $(PINS) $(RUST) $(if $(wildcard vecnb/_raster.*so vecnb/_raster.pyd),,missing-extension)
	@$(check)
	@$(if $(filter $(PINS),$?),$(install),$(rebuild))
	@touch $@

# One line for each thing that is missing, before anything is downloaded.
define check
	missing=0; say() { echo "$$1" >&2; missing=1; }; \
	if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  say "Python 3.11 or newer is needed: install it from https://www.python.org/downloads; if it is not your python3, add PYTHON=python3.12 (or whatever it is called) to this command."; \
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
	python -m pip install --progress-bar off -r requirements.txt 2>&1 | tee .venv/install.log \
	  | awk '/^ *Downloading .*\([0-9.]+ GB\)|^ *Downloading .*\([0-9][0-9][0-9.]+ MB\)/ { split($$2, name, "-"); print "  downloading", name[1], $$3, $$4 } \
	         /^(Building|Installing)/ { print "  " substr($$0, 1, 70) "..." } { fflush() }' \
	  || { tail -n 20 .venv/install.log >&2; exit 1; }
endef

define rebuild
	echo "Building the Rust extension again."; \
	python -m pip install --quiet --no-deps --no-build-isolation -e .
endef
