# The entry point for all work on this project. The work itself is in CMakeLists.txt and scripts/.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The build folder, and the number of cores to use. Tests mostly wait for the disk and for deadlines, so twice as many
# of them run at once.
BUILD ?= build
ifndef JOBS
JOBS := $(shell nproc)
endif

# The number of seconds that `make fuzz` runs each of its targets.
SECONDS ?= 60

MAKEFLAGS += --no-print-directory

# The variables that make accepts: those of scripts/up.sh, reset.sh, restore.sh, bench.sh and fuzz.sh, and every
# setting of the programs. Values are data: they reach the scripts through the environment, and neither make nor a
# shell expands them.
given := BUILD JOBS MODE AGENCIES DATA AGAIN NO_BETS TLS PLAINTEXT ENGINE SERVICES REVOKE YES ROUNDS ONLY BEFORE FROM SECONDS
on_command_line := $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))
$(foreach name,$(sort $(given) $(on_command_line)),$(if $(filter-out undefined,$(origin $(name))),$(eval override $(name) := $$(value $(name)))))
export $(filter-out SECONDS,$(given)) $(filter-out $(given),$(on_command_line))

# An unknown name is most likely misspelt, and would be ignored.
settings := $(shell sed -n 's/^\(\# \)\?\([a-z][a-z_.]*\) *=.*/\2/p' service/service.properties \
  agency_client/agency.properties | tr a-z. A-Z_)
for_others := CC CFLAGS CPPFLAGS CXX CXXFLAGS LDFLAGS SHELL VERBOSE DESTDIR SERVICE_MEMORY ASAN_OPTIONS TSAN_OPTIONS \
  UBSAN_OPTIONS CMAKE_% CTEST_% DOCKER_% COMPOSE_% LOGGING_% LOTTERY_% MAKE% GNU%
unknown := $(filter-out $(given) $(settings) $(for_others),$(on_command_line))
ifneq ($(unknown),)
$(error $(firstword $(unknown)) is neither a variable of this Makefile nor a setting of the programs. The variables are $(given), and \
  the keys in docs/settings.md, in upper case with _ for each dot)
endif

# In bash, SECONDS is a clock, so it gets another name.
export FUZZ_SECONDS := $(value SECONDS)

.PHONY: help deps build test bench test-browser test-monitoring screenshots test-asan test-tsan test-docker test-cluster up down logs backup restore certificates reset fuzz lint format clean \
  docker-compose-up docker-compose-down docker-compose-logs

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  make up AGENCIES=7 DATA=folder   seven agencies, bets from folder/agency-1.csv and so on'
	@echo '  make up AGAIN=1                  place bets that were drawn already in the next draw'
	@echo '  make up NO_BETS=1                let agencies whose files are empty take part without a bet'
	@echo '  make up TLS=1                    over mutual TLS; with PLAINTEXT=1, also on a port without TLS'
	@echo '  make up ENGINE=postgresql        store the bets in a PostgreSQL cluster; SERVICES=2: two services'
	@echo '  make up MODE=docker              in containers (MODE=local: as processes of this machine)'
	@echo '  make BUILD=folder ...            build somewhere other than in build/'

deps:  ## install every Debian package that building, testing, measuring and linting need
	@scripts/install_packages.sh build test bench lint

build:  ## build both programs into build/bin
	@scripts/install_packages.sh build
	@scripts/build_folder.sh "$$BUILD"
	@cmake -S . -B "$$BUILD" -DCMAKE_BUILD_TYPE=Release
	@cmake --build "$$BUILD" --parallel "$$JOBS" --target lottery_service agency_client

test:  ## build, and run every test
	@scripts/install_packages.sh build test
	@scripts/build_folder.sh "$$BUILD"
	@cmake -S . -B "$$BUILD" -DCMAKE_BUILD_TYPE=Release -DLOTTERY_TESTS=ON
	@cmake --build "$$BUILD" --parallel "$$JOBS"
	@ctest --test-dir "$$BUILD" --output-on-failure --parallel "$$((3 * JOBS))"

test-asan:  ## run every test under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/install_packages.sh build test
	@scripts/sanitize.sh address,undefined "$$BUILD/asan"

test-tsan:  ## run every test under ThreadSanitizer
	@scripts/install_packages.sh build test
	@scripts/sanitize.sh thread "$$BUILD/tsan"

test-browser: build  ## test the board in Chromium
	@scripts/install_packages.sh browser
	@scripts/browser.sh test

test-monitoring: build  ## test the metrics and the alert rules with Prometheus itself
	@tests/monitoring/run.sh

screenshots: build  ## make the pictures of the board in docs/images
	@scripts/install_packages.sh browser
	@scripts/browser.sh screenshots docs/images

bench:  ## measure the lottery beside a bare SQLite loop, in ROUNDS=3 rounds of three minutes
	@scripts/install_packages.sh build bench
	@scripts/build_folder.sh "$$BUILD"
	@cmake -S . -B "$$BUILD" -DCMAKE_BUILD_TYPE=Release -DLOTTERY_BENCHMARKS=ON
	@cmake --build "$$BUILD" --parallel "$$JOBS" --target lottery_benchmark
	@scripts/bench.sh

test-docker:  ## test the lottery in containers, with a Docker engine; if none answers, root starts one for the test
	@tests/docker/run.sh

test-cluster: build  ## test the lottery on three PostgreSQL nodes that fail over, as root
	@tests/cluster/run.sh

up:  ## start the service, run the agencies, and show what they bet and won
	@scripts/up.sh

down:  ## stop the service and the agencies
	@scripts/down.sh

logs:  ## follow the logs of the service and the agencies
	@scripts/logs.sh

# Old names of targets, which the lottery's first operators know.
docker-compose-up: up
docker-compose-down: down
docker-compose-logs: logs

backup:  ## write a consistent, verified copy of the database into run/backups/
	@scripts/backup.sh

restore:  ## replace the database by the copy FROM=run/backups/...; the old database is kept
	@scripts/restore.sh

certificates:  ## make certificates for mutual TLS in run/certificates/ (REVOKE=3: revoke that of agency 3)
	@scripts/certificates.sh

reset:  ## throw the database away, after asking (YES=1: without asking)
	@scripts/reset.sh

fuzz:  ## fuzz the framer, the decoder and the bets file, for SECONDS=60 each
	@scripts/install_packages.sh build fuzz
	@scripts/fuzz.sh "$$FUZZ_SECONDS"

lint:  ## check formatting, clang-tidy's findings and the shell scripts
	@scripts/install_packages.sh build test bench lint
	@scripts/lint.sh

format:  ## format the C++ in place
	@scripts/install_packages.sh lint
	@scripts/lint.sh format

clean:  ## remove what was built
	@if [ -f "$$BUILD/CMakeCache.txt" ]; then rm -rf -- "$$BUILD"; fi
