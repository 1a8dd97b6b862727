# One command each. `make` alone lists them.

SHELL := /bin/bash
export PATH := $(HOME)/.cargo/bin:$(PATH)
export PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help run scale test journeys build lint page demo openapi bench soak clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## serve on PORT (8080), with SQLite in data/
	@.ci/setup run
	@.ci/page
	cargo run --locked -- serve

scale: ## two instances on PostgreSQL and Redis behind nginx on PORT (8080), until Ctrl-C
	@.ci/setup server
	@.ci/page
	cargo build --locked
	@deploy/scale $${CARGO_TARGET_DIR:-target}/debug/hubbub

test: ## every test, on SQLite and on PostgreSQL, Redis and nginx of its own; and the page's in Chromium
	@.ci/setup test
	@.ci/page
	cargo test --locked
	cd web && HUBBUB_BIN=$${CARGO_TARGET_DIR:-../target}/debug/hubbub npm test --silent

journeys: ## the page's journeys alone, on the debug binary; ONLY=chat takes some of them
	@.ci/setup journeys
	@.ci/page
	cargo build --locked
	cd web && HUBBUB_BIN=$${CARGO_TARGET_DIR:-../target}/debug/hubbub npx playwright test $(ONLY)

build: ## the release binary, page included: target/release/hubbub
	@.ci/setup run
	@.ci/page
	cargo build --release --locked

lint: ## formatting, clippy with warnings denied, the rules of the house
	@.ci/setup run
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked --test it architecture::

page: ## the page alone: web/dist
	@.ci/page

demo: ## fill the server on PORT (8080) with a small team's conversations
	@node web/scripts/demo.mjs http://localhost:$(PORT)

openapi: ## write openapi/openapi.json from the code
	@.ci/setup run
	@mkdir -p openapi
	cargo run --quiet --locked -- openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json
	@[ ! -d web/node_modules ] || npm --prefix web run --silent schema

bench: ## the benchmarks of benches/, in one run, and the ratio to benches/baseline
	@.ci/setup server
	cargo bench --locked --bench '*'
	@.ci/bench-ratio

soak: ## kill -9 under load, 200 times, and the faults of a cluster with 800 readers
	@.ci/setup server
	HUBBUB_KILLS=200 cargo test --locked --test it kill -- --nocapture
	HUBBUB_SOAK=1 cargo test --release --locked --test it cluster:: -- --nocapture --test-threads=1

clean: ## remove what was built; data/ stays
	cargo clean
	rm -rf web/dist web/node_modules
