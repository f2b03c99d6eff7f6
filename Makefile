# The one definition of every command of the project; `make` alone lists them.
#
# Each brings what it needs: a virtual environment in .venv, the packages of the extras it uses, the extension built in
# release mode. Stamps in .venv keep what is done from being done again.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(abspath $(VENV))/bin
PIP     := $(BIN)/python -m pip --disable-pip-version-check --quiet
MATURIN := VIRTUAL_ENV=$(abspath $(VENV)) PIP_QUIET=1 PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/maturin
# Packed once, downloaded often.
BUILD   := $(MATURIN) build --release --compression-level 9 --out dist
CARGO   := cargo --quiet
PYTEST  := $(BIN)/python -m pytest -q
# On all cores; ARGS=-n0 for one, which a debugger needs.
SPREAD  := -n auto --dist worksteal
# Results are kept under the name of the machine, which tells more than its name in a network: MACHINE=two-cores.
MACHINE ?= $(shell uname -n)
ASV      = cd asv_bench && $(BIN)/python -m asv machine --machine '$(MACHINE)' --yes >/dev/null && $(BIN)/python -m asv $(1) --machine '$(MACHINE)'
BENCH   ?=
FACTOR  ?= 1.1
ARGS    ?=

rust_files := $(shell find rust -name '*.rs')
rust_build := $(rust_files) $(shell find rust -name Cargo.toml) Cargo.toml Cargo.lock pyproject.toml

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo docs docs-serve links test test-docs test-laws test-slow test-example test-trainers test-wheel test-foreign test-free-threaded check audit fmt generate bench bench-compare bench-smoke dashboard \
        cliffs performance wheel wheel-portable sdist exhaustive elsewhere chance fuzz asan tsan miri clean

help: ## list the commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit("lossreg needs Python 3.11 or newer; name one: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@echo 'a virtual environment in $(VENV)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install 'maturin>=1.13,<2'
	@touch $@

# What an extra of pyproject.toml stands for, without the package itself.
$(VENV)/.extra-%: pyproject.toml tools/requirements.py | $(VENV)/.made
	@echo 'the packages of the extra $*'
	$(BIN)/python tools/requirements.py $* > $@.txt
	$(PIP) install -r $@.txt
	@touch $@

# The extension, built in release mode and installed in place. What the compiler is at is shown: the first time takes minutes.
$(VENV)/.native: $(rust_build) | $(VENV)/.made
	@echo 'the extension, compiled in release mode: some minutes the first time, then only what has changed'
	$(MATURIN) develop --release
	@touch $@

demo: $(VENV)/.native $(VENV)/.extra-demo ## train on real data with every loss; print the table, write the gallery
	$(BIN)/lossreg demo $(ARGS)

# Warnings are errors. The integrations whose libraries are here are in the reference, so it is built beside the tests' packages.
docs: $(VENV)/.native $(VENV)/.extra-test $(VENV)/.extra-docs ## the documentation site: docs/_build/html/index.html
	KERAS_BACKEND=jax $(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo docs/_build/html/index.html

# This needs the network, and is no part of `make test-docs`, which follows every link inside.
links: $(VENV)/.native $(VENV)/.extra-test $(VENV)/.extra-docs ## every link of the site that leads outside: docs/_build/links/output.txt
	KERAS_BACKEND=jax $(BIN)/python -m sphinx -q -b linkcheck docs docs/_build/links

docs-serve: docs ## the site on http://127.0.0.1:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory docs/_build/html 8000

test: $(VENV)/.native $(VENV)/.extra-test ## all tests but the slow ones, in Rust and in Python
	@$(CARGO) test -p lossreg-core -p lossreg-losses -p lossreg-formula -p lossreg-kernel --lib --tests; rust=$$?; \
	$(PYTEST) $(SPREAD) -m "not slow and not wheel and not site" $(ARGS); python=$$?; \
	test $$rust -eq 0 || echo 'make test: tests in Rust failed' >&2; \
	test $$python -eq 0 || echo 'make test: tests in Python failed' >&2; \
	test $$rust -eq 0 -a $$python -eq 0

test-laws: $(VENV)/.native $(VENV)/.extra-test ## the laws of all losses, in a minute
	$(PYTEST) $(SPREAD) -m "not slow" tests/laws $(ARGS)

test-slow: $(VENV)/.native $(VENV)/.extra-test ## the tests that take minutes or build something
	$(PYTEST) -m "slow and not wheel and not site" $(ARGS)

test-example: $(VENV)/.native $(VENV)/.extra-test ## the example packages and one that lossreg new writes, each installed beside lossreg
	@set -e; for project in examples/*/pyproject.toml; do \
	    $(BIN)/python tools/try_example.py "$$(dirname "$$project")"; \
	done; $(BIN)/python tools/try_example.py --new my-losses

test-trainers: $(VENV)/.native ## the integrations with the oldest and newest versions of their libraries; ARGS="xgboost --only oldest"
	$(BIN)/python tools/trainers.py $(ARGS)

test-docs: docs ## the site as it was built: links, and pages in a browser at three widths
	$(PYTEST) -m site $(ARGS)

test-wheel: wheel $(VENV)/.extra-test ## the wheel, installed in a fresh environment
	$(PYTEST) -m wheel $(ARGS)

check: $(VENV)/.native $(VENV)/.extra-test $(VENV)/.extra-check ## formats, lints, types, generated files
	@rustfmt --check --edition 2024 $(rust_files)
	PYO3_PYTHON=$(BIN)/python $(CARGO) clippy --workspace --all-targets -- -D warnings
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy python/lossreg
	MYPYPATH=python $(BIN)/stubtest lossreg._native lossreg.ops --allowlist tools/stubtest.txt --mypy-config-file pyproject.toml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/zizmor --offline --no-progress --quiet .github
	$(BIN)/python tools/generate_stubs.py --check
	$(BIN)/python tools/notices.py --check
	$(BIN)/python tools/picture.py --check
	$(BIN)/python tests/truth/measured.py --check
	$(BIN)/python tools/readme.py --check
	$(BIN)/python tools/trainers.py --check

# The advisories are fetched: this needs the network, and is no part of `make check`.
audit: $(VENV)/.extra-test $(VENV)/.extra-audit ## known faults of the crates and packages, licences, sources (needs cargo-deny, which it installs)
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	cargo deny check
	$(BIN)/pip-audit --skip-editable --progress-spinner off

fmt: $(VENV)/.extra-check ## format everything
	@rustfmt --edition 2024 $(rust_files)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

generate: $(VENV)/.native $(VENV)/.extra-test ## write the generated files: signatures, notices, the picture, parts of the README and of the pages
	$(BIN)/python tools/generate_stubs.py
	$(BIN)/python tools/notices.py
	$(BIN)/python tools/picture.py
	$(BIN)/python tests/truth/measured.py
	$(BIN)/python tools/readme.py
	$(BIN)/python tools/trainers.py --write

bench: $(VENV)/.extra-bench ## measure the current commit with asv (BENCH=regex for some)
	$(call ASV,run) --skip-existing-successful $(if $(BENCH),--bench '$(BENCH)') 'HEAD^!'
	$(BIN)/python asv_bench/check.py

bench-compare: $(VENV)/.extra-bench ## measure two commits and compare: A=main B=HEAD; fails where one takes FACTOR (1.1) times as long
	@test -n "$(A)" -a -n "$(B)" || { echo 'name two commits: make bench-compare A=main B=HEAD' >&2; exit 2; }
	$(call ASV,continuous) --split --interleave-rounds --factor $(FACTOR) $(if $(BENCH),--bench '$(BENCH)') $(A) $(B)

bench-smoke: $(VENV)/.extra-bench ## one quick benchmark of the current commit; fails when nothing was measured
	$(call ASV,run) --quick --show-stderr --bench 'call\.Value' 'HEAD^!'
	$(BIN)/python asv_bench/check.py

dashboard: $(VENV)/.native ## pages of all results kept and of other libraries, over the commits, served on http://127.0.0.1:8000
	@$(BIN)/python tools/dashboard.py --serve 8000

cliffs: $(VENV)/.native ## every option beside the plain call of its size; ARGS="--against FOLDER" beside another build
	$(BIN)/python benchmarks/options.py $(ARGS)

performance: $(VENV)/.native $(VENV)/.extra-bench ## compare with NumPy, numba, scikit-learn, optax and PyTorch; write docs/performance.md
	$(BIN)/python benchmarks/peers.py --install --out docs/performance.md $(ARGS)

wheel: $(VENV)/.made ## build dist/lossreg-*.whl and check what is in it
	rm -f dist/*.whl
	$(BUILD) --quiet --interpreter $(BIN)/python
	$(BIN)/python tools/check_wheel.py dist/*.whl

# zig links against the glibc of 2012, or against musl, for this machine and for others, so that a wheel runs on every Linux since.
TARGET   ?= $(HOST)
LIBC      = $(if $(findstring musl,$(TARGET)),musllinux,manylinux)
# The stable interface, or that of one version of Python without its lock.
INTERFACE = $(shell $(BIN)/python -c 'import sysconfig as s; print("cp%st" % s.get_config_var("py_version_nodot") if s.get_config_var("Py_GIL_DISABLED") else "abi3")')
PORTABLE  = dist/lossreg-*-$(INTERFACE)-$(LIBC)*_$(firstword $(subst -, ,$(TARGET))).whl

wheel-portable: $(VENV)/.extra-portable ## build a wheel for every Linux with glibc 2.17 or newer; for another machine or musl: TARGET=aarch64-unknown-linux-musl
	rm -f $(PORTABLE)
	@test '$(TARGET)' = '$(HOST)' || rustup target add '$(TARGET)'
	PATH="$(BIN):$$PATH" $(BUILD) --zig --target '$(TARGET)' --interpreter $(BIN)/python \
	    --compatibility $(if $(findstring musl,$(TARGET)),musllinux_1_2,manylinux2014)
	$(BIN)/python tools/check_wheel.py $(PORTABLE)

test-foreign: TARGET = aarch64-unknown-linux-gnu
test-foreign: wheel-portable ## the fast tests with a wheel for another machine or musl (needs Debian 12, and qemu-user for arm64)
	$(BIN)/python tools/foreign.py $(PORTABLE) $(ARGS)

# A wheel for a Python without its lock is that of another PYTHON: make wheel-portable PYTHON=python3.14t VENV=.venv-3.14t
test-free-threaded: ## the fast tests on a Python without its lock: PYTHON=python3.14t, or the newest that Debian's sources give
	$(PYTHON) tools/free_threaded.py $(ARGS)

sdist: $(VENV)/.made ## build dist/lossreg-*.tar.gz
	rm -f dist/*.tar.gz
	$(MATURIN) sdist --out dist

exhaustive: ## sweep the functions over all float32 numbers; prints the largest errors
	$(CARGO) run --release -p lossreg-core --example exhaustive $(ARGS)

elsewhere: ## the same bits on an old x86-64 and on arm64, both emulated (needs qemu-user and a linker for arm64)
	rustup target add aarch64-unknown-linux-gnu
	$(PYTHON) tools/elsewhere.py

chance: $(VENV)/.native $(VENV)/.extra-test ## compare losses with their formulas by chance: ARGS="--cases 10_000_000 --seed 0"
	$(BIN)/python tests/chance/compare.py $(ARGS)

fuzz: $(VENV)/.native $(VENV)/.extra-test $(VENV)/.extra-fuzz ## coverage-guided garbage for the text parser and the readers of files
	$(BIN)/python tests/fuzz/fuzz.py $(ARGS)

# The sanitizers and Miri belong to the nightly toolchain, and are not part of every installation of it.
NIGHTLY := cargo +nightly
HOST     = $(shell rustc -vV | sed -n 's/^host: //p')
define needs
@rustup toolchain list | grep -q '^nightly' || { echo '$@ needs a nightly toolchain: rustup toolchain install nightly' >&2; exit 2; }
@test -z '$(1)' || rustup component list --toolchain nightly --installed | grep -q '^$(1)' || \
  { echo '$@ needs a component of it: rustup component add --toolchain nightly $(1)' >&2; exit 2; }
endef
SANITIZED := -p lossreg-core -p lossreg-losses -p lossreg-formula --lib --tests

asan: ## the tests in Rust under AddressSanitizer (needs the nightly toolchain)
	$(call needs)
	RUSTFLAGS=-Zsanitizer=address $(NIGHTLY) test --target $(HOST) --target-dir target/asan $(SANITIZED) $(ARGS)

tsan: ## the tests of the pool and the engine under ThreadSanitizer (needs the nightly toolchain with rust-src)
	$(call needs,rust-src)
	RUSTFLAGS=-Zsanitizer=thread TSAN_OPTIONS=die_after_fork=0 $(NIGHTLY) test -Zbuild-std --target $(HOST) \
	    --target-dir target/tsan $(SANITIZED) $(ARGS)

miri: ## the tests of the core under Miri (needs the nightly toolchain with miri and rust-src)
	$(call needs,miri)
	$(call needs,rust-src)
	MIRIFLAGS=-Zmiri-disable-isolation $(NIGHTLY) miri test -p lossreg-core -p lossreg-losses --lib --test miri $(ARGS)

clean: ## remove everything that was built
	rm -rf $(VENV) target dist asv_bench/env asv_bench/html python/lossreg/_native*.so
