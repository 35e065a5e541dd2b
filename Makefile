# Every target that builds puts libtorch in place first; everything is built in one configuration (release).
PREFIX ?= $(HOME)/.local
DATA ?= ../shared/data
DEMO ?= Recipes/demo/glyphs.yaml
N ?= 1000
# Tests reach inside the modules. With the same flags for both, `make test` after `make build` compiles only the tests.
SWIFT := -c release -Xswiftc -enable-testing
PEER := .deps/peer/bin/python
export PKG_CONFIG_PATH := $(CURDIR)/.deps/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

.DEFAULT_GOAL := help
.PHONY: help setup build test demo bench certify certify-kills coverage fuzz fixtures lint format install uninstall wheel release clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## libtorch and the codecs' headers (scripts/bootstrap)
	@scripts/bootstrap

build: setup ## the library and bin/longtail
	swift build $(SWIFT) --product longtail
	@mkdir -p bin && ln -sfn ../.build/release/longtail bin/longtail

test: setup ## all tests (fetches ONNX Runtime once; without a network its tests are left out)
	@scripts/clients || true
	swift test $(SWIFT) --disable-testable-imports
	@python3 Benchmarks/test_bench.py

demo: build ## the main job on embedded data: a few minutes, then the table and a report
	bin/longtail train $(DEMO)

bench: build ## speed beside PyTorch, and members over processes, into docs/results (installs PyTorch into .deps/peer once)
	@scripts/peer
	$(PEER) Benchmarks/bench --data $(DATA)
	$(PEER) Benchmarks/members.py
	$(PEER) Benchmarks/networks.py

certify: setup ## what needs PyTorch, the network or a long time, shown in docs/results (SUBJECT=wheel for one)
	@scripts/certify $(SUBJECT)

certify-kills: build ## kills runs N times (1000: half an hour), resumes and compares them, into docs/results/kills.md
	@scripts/kills --kills $(N)

coverage: setup ## how often intervals hold in simulated worlds, REPETITIONS=2000 (two hours a PART: single, pairs), into docs/results
	@scripts/coverage $(or $(REPETITIONS),2000) $(PART)

fuzz: setup ## damaged files for every reader, MINUTES=10 each, into docs/results/fuzzing.md (TARGET=png for one)
	@scripts/fuzz $(or $(MINUTES),10) $(TARGET)

fixtures: setup ## the parity fixtures of losses and networks again, with PyTorch
	@scripts/peer
	$(PEER) scripts/fixtures/parity.py
	$(PEER) scripts/fixtures/losses.py
	$(PEER) scripts/fixtures/branches.py
	$(PEER) scripts/fixtures/foreign.py

lint: setup ## format and house rules, changing nothing
	@scripts/lint

format: setup ## formats the Swift sources in place
	swift format --in-place --parallel --recursive Package.swift Sources Tests Fuzzing Examples/*/Package.swift Examples/*/Sources

install: build ## the command, its libraries, recipes and completions, into PREFIX (~/.local)
	@scripts/install "$(PREFIX)"

uninstall: ## removes exactly what install put into PREFIX
	@scripts/uninstall "$(PREFIX)"

wheel: setup ## the command as a Python package for those without Swift, into dist
	@scripts/wheel

release: setup ## what is given out, into dist: the wheel, a tarball of what install puts in place, checksums
	@scripts/release

clean: ## removes what was built; .deps stays
	rm -rf .build .build-wheel bin dist
