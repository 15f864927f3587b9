# Every chore of the project. `make run` and `make test` are all that a newcomer needs: each installs what it
# lacks (into .tools/, Debian packages apart), says what it is doing, and can be run again.

TARGET_DIR := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
# Tools that .ci/setup put there come first, so that the pinned version is the one used.
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/.tools/npm/node_modules/.bin:$(PATH)
# The site lies beside the binary, where the binary looks for it.
export LEPTOS_SITE_ROOT := $(TARGET_DIR)/site
# Its own backtrace would bury the error that it reports.
LEPTOS := RUST_BACKTRACE=0 cargo leptos
TYPOS := .tools/venv/bin/typos
# Reads the sources for the names of the dependencies; by `cargo metadata`, because some are named otherwise (md-5).
MACHETE := cargo machete --with-metadata --skip-target-dir
STEP := @.ci/step

# frontend is WASM only; together with it, `app` would be built with both halves' features at once.
NATIVE := --workspace --exclude frontend
WASM := -p frontend -p app --features app/hydrate --target wasm32-unknown-unknown

# Clippy in the place of the compiler for our own crates: `make test` compiles and lints in one go, where `make lint`
# would check every dependency a second time.
LINTED := RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-run setup-build run dev build site test soak compile fmt lint test-unit test-it test-e2e bench deny

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install everything that running and testing need (minutes the first time, seconds after)
	@.ci/setup test

setup-run:
	@.ci/setup run

setup-build:
	@.ci/setup build

run: ## Build and start Forepeak on its defaults: accounts in SQLite, files under data/
	@.ci/ports-free
	@.ci/setup run
	@echo "Building Forepeak (the first build takes about eight minutes, the next ones seconds)"
	@$(LEPTOS) build
	@"$(TARGET_DIR)/debug/forepeak" serve

dev: setup-run ## The same, rebuilt and reloaded at every change of a source file
	@.ci/ports-free
	cargo leptos watch -- serve

build: setup-build ## A release: target/release/forepeak and target/site, ready to be copied together
	$(LEPTOS) build --release --precompress --split --lib-features split --cargo-locked
	@.ci/strip "$(TARGET_DIR)/release/forepeak"

# The debug build that browser tests drive.
site:
	$(LEPTOS) build

test: setup ## Everything: format, lints, spelling, unit, integration and browser tests
	@.ci/summary --clear
	$(STEP) "format" cargo fmt --all --check
	$(STEP) "spelling" $(TYPOS)
	$(STEP) "unused dependencies" $(MACHETE)
	@$(LINTED) $(MAKE) --no-print-directory compile test-unit test-it test-e2e; status=$$?; .ci/summary; exit $$status
	@echo "All of it passed."

soak: setup ## The tests at full size: many entries, large files, many uploads
	FOREPEAK_SOAK=1 $(MAKE) --no-print-directory test-it test-e2e

# Everything that the tests of this machine's half need, benchmarks included.
compile:
	$(STEP) "compilation, native" cargo test --quiet --no-run --locked $(NATIVE) --all-targets

fmt: ## Format the Rust sources
	cargo fmt --all

lint: ## Clippy on both halves, spelling, and dependencies that nothing uses
	$(STEP) "clippy, native" cargo clippy --locked $(NATIVE) --all-targets -- -D warnings
	$(STEP) "clippy, WASM" cargo clippy --locked $(WASM) -- -D warnings
	$(STEP) "spelling" $(TYPOS)
	$(STEP) "unused dependencies" $(MACHETE)

test-it test-e2e: export TMPDIR = $(shell .ci/scratch)

test-unit: ## Unit and property tests: no server but in process, no network
	$(STEP) "unit tests" cargo nextest run --profile unit --no-fail-fast --locked $(NATIVE) --lib --bins

test-it: ## Integration tests: the router, both databases, both stores, real clients
	$(STEP) "integration tests" cargo nextest run --profile integration --no-fail-fast --locked $(NATIVE) --test '*'

test-e2e: ## Browser tests: the built program in Chromium
	$(STEP) "build of program and site" $(MAKE) --no-print-directory site
	$(STEP) "types of the browser tests" npm --prefix end2end run --silent check
	$(STEP) "browser tests" npm --prefix end2end run --silent test

bench: setup ## The figures of docs/performance.md, measured on this machine
	@.ci/bench

deny: ## Licences, sources and bans of dependencies (advisories need github.com; see deny.toml)
	@.ci/setup deny
	cargo deny check $(if $(OFFLINE),licenses bans sources,)
