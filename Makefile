# `make demo` and `make test` set everything up by themselves.
PYTHON ?= python3
BIN := .venv/bin
DATA := $(wildcard ../shared/data)
ifneq ($(DATA),)
export CITYGOALS_DATA ?= $(abspath $(DATA))
endif
.PHONY: demo test test-long release-diff lint format docs refresh bench bench-cost clean

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "citygoals needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev --group docs
	touch $@

demo: .venv/installed
	$(BIN)/citygoals demo

test: .venv/installed
	$(BIN)/pytest -n 2 --dist worksteal -q

test-long: .venv/installed
	CITYGOALS_LONG=1 $(BIN)/pytest -n 2 --dist worksteal -q

release-diff: .venv/installed
	$(BIN)/python tests/release_diff

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/installed
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

refresh: .venv/installed
	$(BIN)/python docs/generate.py

BENCHMARKS := rules startup robustness evaluate files sqlite import_csv compare spark
bench: $(BENCHMARKS:%=bench-%) bench-cost

bench-%: .venv/benchmarks
	$(BIN)/python benchmarks/$*.py

bench-cost: .venv/benchmarks
	$(BIN)/python benchmarks/cost.py
	$(BIN)/python benchmarks/chart.py

.venv/benchmarks: .venv/installed benchmarks/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement benchmarks/requirements.txt
	touch $@

clean:
	rm -rf .venv build dist *.egg-info docs/_build citygoals-demo
