# App Connect. `make` alone lists what there is.
#
#   WP=6.8            another WordPress than 7.1
#   PORT=8081         another port than 8080 for the demo
#   WORDPRESS=path    a WordPress directory or tarball instead of the download (with WP=its version)

SHELL := /bin/bash
WP ?= 7.1
PORT ?=
FOR ?= 600
LAB := /usr/bin/python3 tests/lab/lab.py
SPA := /usr/bin/python3 tests/lab/spa.py

.DEFAULT_GOAL := help
.PHONY: help build demo stop clean test fuzz mutants screenshots bench

help: ## List the targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
	@echo
	@sed -n 's/^#  \( [A-Z].*\)/ \1/p' Makefile

build: ## Build the PHP extension (target/release/libapp_connect.so)
	@tests/lab/packages.sh build
	@command -v cargo >/dev/null || { echo 'make: cargo is not on PATH; install Rust and try again' >&2; exit 1; }
	@echo '==> Building the extension (about a minute the first time)'
	@cargo build --release

demo: build ## Build, bring up WordPress with App Connect and an app to sign in with, and walk through the guides
	@tests/lab/packages.sh site
	@tests/lab/wordpress.sh '$(WP)'
	@$(LAB) up --wp '$(WP)' $(if $(PORT),--port '$(PORT)')
	@/usr/bin/python3 tests/lab/seed.py
	@tests/lab/demo.sh

stop: ## Stop every site, database and app of this checkout
	@if [ -d var ] && [ -x /usr/bin/python3 ]; then $(SPA) stop; $(LAB) down; fi

clean: ## Stop everything; delete var/ and target/
	@if [ -d var ] && [ -x /usr/bin/python3 ]; then $(SPA) stop; $(LAB) clean; fi
	@echo '==> Deleting var/ and target/'
	@rm -rf var target

test: ## Run the tests
	@tests/run

fuzz: ## Fuzz each target for ten minutes (FOR=3600: for an hour)
	@tests/lab/packages.sh build
	@tests/fuzz/run '$(FOR)'

mutants: ## Remove the guards one by one and see their tests go red
	@tests/run mutants

screenshots: build ## Picture every screen in wp-admin (var/screenshots/*.png)
	@tests/e2e/setup
	@node tests/e2e/screenshots.mjs

bench: build ## Measure what App Connect costs beside what it replaces, into docs/benchmarks.md
	@tests/lab/packages.sh site
	@tests/lab/wordpress.sh '$(WP)'
	@benches/run.py --wp '$(WP)'
