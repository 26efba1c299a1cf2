# SPDX-License-Identifier: GPL-2.0-only
# Benchmarks; included by the top Makefile.

BENCH_FILTER ?= .
BENCH_ARGS ?= --benchmark_min_time=0.05
BENCH_REPS ?= --benchmark_repetitions=7 --benchmark_enable_random_interleaving=true \
	      --benchmark_display_aggregates_only=true
BENCH_OBJS := $(patsubst %.c,$(BUILD)/gcc/%.o,$(wildcard bench/*.c bench/cases/*.c))

$(BENCH_OBJS): bench/shim.h bench/common.h bench/cases/cases.h
$(BENCH_OBJS): INCLUDES += -iquote bench

$(BUILD)/deps-bench: scripts/deps.sh
	@mkdir -p $(BUILD)
	scripts/deps.sh g++ libbenchmark-dev python3
	@touch $@

$(BUILD)/gcc/bench/shim.o: bench/shim.cc bench/shim.h | $(BUILD)/deps-bench
	@mkdir -p $(@D)
	@echo "  CXX     $@"
	$(Q)g++ -std=c++17 -O2 -g -Wall -Wextra -Wno-unused-parameter -c -o $@ $<

$(BUILD)/bench: $(BENCH_OBJS) $(BUILD)/gcc/bench/shim.o $(BUILD)/gcc/libmemmap.a
	@echo "  LD      $@"
	$(Q)g++ -fopenmp -o $@ $^ -lbenchmark $(LIBS)

bench: $(BUILD)/bench ## benchmarks: table, ratios, build/bench.json (BENCH_FILTER=store)
	$(BUILD)/bench --benchmark_filter='$(BENCH_FILTER)' $(BENCH_REPS) $(BENCH_ARGS) \
		--benchmark_out=$(BUILD)/bench.json
	bench/compare.py ratios $(BUILD)/bench.json

bench-repeat: ## two runs of bench: by how much do their ratios differ?
	@$(MAKE) --no-print-directory bench
	@mv $(BUILD)/bench.json $(BUILD)/bench-first.json
	@$(MAKE) --no-print-directory bench
	bench/compare.py repeat $(BUILD)/bench-first.json $(BUILD)/bench.json

bench-compare: $(BUILD)/bench ## benchmarks of this tree against BASE=rev, interleaved, with significance
	bench/compare.sh "$(BASE)" "$(BENCH_FILTER)" $(BENCH_ARGS)

.PHONY: bench bench-repeat bench-compare
