# Everything a person or CI does here. `make help` lists it.

CARGO ?= cargo
DATA ?= ./data
BIND ?= 127.0.0.1:8080
SERVER := target/release/throughline
UI := crates/web/ui
# The server that the pages are built for and tested with.
BUILT ?= $(SERVER)

.PHONY: help
help: ## Lists these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 18

.PHONY: run
run: release ## Builds, sets up ./data on the first run (admin, sample data), and serves
	THROUGHLINE__SERVER__BIND=$(BIND) \
	THROUGHLINE__DATABASE__URL=$${THROUGHLINE__DATABASE__URL:-sqlite://$(DATA)/throughline.db} \
	$(SERVER) serve --first-run

.PHONY: release
release: ## Builds the optimised binary with its web pages (without Node: with a page that says how)
	$(CARGO) build --release --locked -p throughline-server
	@if command -v npm >/dev/null; then \
	  $(MAKE) --no-print-directory web && $(CARGO) build --release --locked -p throughline-server; \
	else echo "npm is missing: the binary has no web pages; install Node 20.19 or newer and run make again"; fi

# The pages' client is made from the document of the server that stands: a change of the API that
# breaks the desk breaks this.
.PHONY: web
web: ## Builds the web pages into crates/web/dist
	@test -x $(BUILT) || $(CARGO) build --release --locked -p throughline-server
	$(BUILT) openapi > $(UI)/openapi.json
	cd $(UI) && { test node_modules/.package-lock.json -nt package-lock.json || \
	  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; }
	cd $(UI) && npm run --silent gen && npm run --silent build

.PHONY: web-test
web-test: ## Checks and tests the web pages; in a browser too, where Chromium is
	cd $(UI) && npm run --silent lint && npm test --silent
	cd $(UI) && THROUGHLINE_BIN=$(abspath $(BUILT)) npm run --silent e2e

.PHONY: test
test: ## Checks and tests all of it on both databases; starts and stops its own servers
	tests/with-servers $(MAKE) --no-print-directory checks

# What `make test` runs once the servers are up. One build serves the suites, the command-line
# tests and the scripts. What hangs is ended, and so is told: it would be seen by nobody otherwise.
.PHONY: checks
checks: fmt lint docs-build
	$(CARGO) build --locked --workspace
	$(MAKE) --no-print-directory web BUILT=target/debug/throughline
	$(CARGO) build --locked --workspace
	$(CARGO) test --locked --workspace --no-run
	timeout --verbose 40m $(CARGO) test --locked --workspace --no-fail-fast
	timeout --verbose 15m $(MAKE) --no-print-directory web-test BUILT=target/debug/throughline
	timeout --verbose 10m tests/adding-a-channel
	timeout --verbose 10m tests/doc-commands target/debug/throughline
	timeout --verbose 20m tests/api-fuzz target/debug/throughline

.PHONY: fmt
fmt: ## Checks the formatting
	$(CARGO) fmt --all --check

.PHONY: lint
lint: ## Clippy with warnings denied
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

.PHONY: docs-build
docs-build: ## Builds the code's documentation with warnings denied
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" $(CARGO) doc --locked --workspace --no-deps --document-private-items -q

.PHONY: bench
bench: release ## Prints ratios against the barest way to do the same
	$(CARGO) build --release --locked -p throughline-tests --bin bench
	target/release/bench --server $(CURDIR)/$(SERVER) $(BENCH)

.PHONY: api-fuzz
api-fuzz: ## Tests the API against its own OpenAPI document, with more examples than `make test`
	$(CARGO) build --locked -p throughline-server
	EXAMPLES=$${EXAMPLES:-100} tests/api-fuzz target/debug/throughline

.PHONY: corpus-facts
corpus-facts: ## Scores the fact and question rules on the texts in tests/corpus
	$(CARGO) run --locked -q -p throughline-core --example fact_scores

.PHONY: corpus
corpus: corpus-facts release ## Scores fact rules, and mail reading on outside data: make corpus CORPUS=folder-with-manifest
	@test -n "$(CORPUS)" || { echo "say where the corpus is: make corpus CORPUS=folder"; exit 2; }
	mkdir -p target/corpus
	$(SERVER) inspect --manifest "$(CORPUS)/manifest.jsonl" > target/corpus/results.jsonl
	python3 "$(CORPUS)/score.py" "$(CORPUS)/manifest.jsonl" target/corpus/results.jsonl $(SCORE)
	tests/corpus-table "$(CORPUS)/manifest.jsonl" target/corpus/results.jsonl "$(CORPUS)/score.py"

.PHONY: fuzz
fuzz: ## Fuzzes a decoder: make fuzz TARGET=decode_channels SECONDS=600 (needs cargo-fuzz)
	CARGO="$(CARGO)" tests/fuzz/run $${TARGET:-parse_mail} $${SECONDS:-600}

.PHONY: clean
clean: ## Removes what was built; data stays
	$(CARGO) clean
