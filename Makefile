# One command each. `make` alone lists them.

SHELL := /bin/bash
export PATH := $(HOME)/.cargo/bin:$(PATH)
export PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help run test journeys build lint page demo openapi bench soak clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## serve on PORT (8080), with SQLite in data/
	@.ci/setup run
	@.ci/page
	cargo run --locked -- serve

test: ## every test, on SQLite and on a PostgreSQL of its own, and the page's without a browser
	@.ci/setup test
	@.ci/page
	cargo test --locked
	cd web && npm test --silent -- unit

journeys: ## the page's tests again, with its journeys in a real Chromium
	@.ci/setup journeys
	@.ci/page
	cargo build --locked
	cd web && npm test --silent

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
	@.ci/setup test
	cargo bench --locked --bench '*'
	@.ci/bench-ratio

soak: ## kill -9 under load, 200 times
	@.ci/setup test
	HUBBUB_KILLS=200 cargo test --locked --test it kill -- --nocapture

clean: ## remove what was built; data/ stays
	cargo clean
	rm -rf web/dist web/node_modules
