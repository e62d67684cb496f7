# Carillon. `make run` and `make test` do everything that a fresh Debian 12 with a Swift toolchain needs.
# Settings come from the environment or as `make run NAME=value`; the README lists them.

.DEFAULT_GOAL := help
.PHONY: help setup build run stop test unit integration system deploy fuzz check format bench migrate psql images deb clean
MAKEFLAGS += --no-print-directory
dev := infra/dev

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing, for every verb here
	@$(dev)/packages.sh build run test bench deploy
	@$(dev)/venv.sh >/dev/null
	@$(dev)/venv.sh 4 >/dev/null
	@$(dev)/venv.sh deploy >/dev/null
	@$(dev)/provider.sh >/dev/null

build: ## Build the daemons as they are shipped
	@$(dev)/packages.sh build
	@$(dev)/build.sh release

run: ## Run everything in the foreground; Ctrl-C stops it
	@exec env --default-signal=INT,TERM,HUP $(dev)/run.sh

stop: ## Stop a run from outside, or what a killed one left
	@$(dev)/stop.sh

test: ## Check, build, then every tier of the tests
	@$(dev)/packages.sh build test
	@$(dev)/check.sh
	@$(dev)/fuzz.sh
	@$(dev)/test.sh

unit: ## Rules and machines, one module at a time; the protocol suites
	@$(dev)/test.sh unit suites

integration: ## Modules against a real PostgreSQL
	@$(dev)/test.sh integration

system: ## Real daemons, raw bytes, signals, restarts
	@$(dev)/test.sh system

deploy: ## Images, packages, units and manifests, as operators get them
	@$(dev)/test.sh deploy

fuzz: ## Fuzz the decoders, FUZZ_SECONDS=60 each
	@$(dev)/packages.sh build
	@$(dev)/fuzz.sh $(or $(FUZZ_SECONDS),60)

check: ## Format and tree rules
	@$(dev)/check.sh

format: ## Rewrite sources in the tree's format
	@swift format -i -r Package.swift Shared Services Tests

bench: ## Measure; see Tests/Benchmarks
	@$(dev)/packages.sh build run test bench
	@Tests/Benchmarks/Finder/run.sh
	@CARILLON_CROWD_SECONDS=60 CARILLON_TEST_FILTER='fifty senders' $(dev)/test.sh system
	@Tests/Benchmarks/run.sh
	@Tests/Benchmarks/delivery/run.sh
	@Tests/Benchmarks/rolling.sh

migrate: ## Bring every schema to its newest version
	@$(dev)/migrate.sh

psql: ## Open the private cluster as its administrator
	@$(dev)/postgres.sh psql

images: ## An image of each daemon, by buildah
	@$(dev)/packages.sh build deploy
	@$(dev)/build.sh release
	@infra/images/build.sh

deb: ## A Debian package of all daemons, with their units
	@$(dev)/packages.sh build deploy
	@$(dev)/build.sh release
	@infra/debian/build.sh

clean: ## Remove builds and test state; the data of `make run` stays
	rm -rf .build .carillon-test
