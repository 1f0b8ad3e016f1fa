# `make demo` and `make test` set up what they need by themselves.
PYTHON ?= python3
BIN := .venv/bin
DATA := $(wildcard ../shared/data)
ifneq ($(DATA),)
export CITYGOALS_DATA ?= $(abspath $(DATA))
endif
.PHONY: demo test test-slow test-long release-diff mutation lint format docs refresh bench bench-cost clean

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# The product alone.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "citygoals needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --editable .
	touch $@

.venv/developed: .venv/installed
	$(PIP) --upgrade pip
	$(PIP) --group dev --group docs
	touch $@

demo: .venv/installed
	$(BIN)/citygoals demo

# Two processes, a thread of Polars each.
PYTEST := POLARS_MAX_THREADS=1 $(BIN)/pytest -n 2 --dist loadgroup -q

test: .venv/developed
	$(PYTEST) -m "not slow"

test-slow: .venv/developed
	$(PYTEST) -m slow

test-long: .venv/developed
	CITYGOALS_LONG=1 $(PYTEST)

release-diff: .venv/developed
	$(BIN)/python tests/release_diff

mutation: .venv/developed
	$(BIN)/python tests/mutation

lint: .venv/developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/developed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/developed
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

refresh: .venv/developed
	$(BIN)/python docs/generate.py

BENCHMARKS := rules startup door robustness evaluate crowded files sqlite import_csv compare spark
bench: $(BENCHMARKS:%=bench-%) bench-cost

bench-%: .venv/benchmarks
	$(BIN)/python benchmarks/$*.py

bench-cost: .venv/benchmarks
	$(BIN)/python benchmarks/cost.py
	$(BIN)/python benchmarks/chart.py

.venv/benchmarks: .venv/developed benchmarks/requirements.txt
	$(PIP) --requirement benchmarks/requirements.txt
	touch $@

clean:
	rm -rf .venv build dist *.egg-info docs/_build citygoals-demo
