# Everything runs in .venv, made from pyproject.toml alone; a changed pyproject.toml refreshes it.
# Needs Python 3.11 or newer and make. Another interpreter: make PYTHON=python3.12 test

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
CONFORMANCE := .venv-conformance
TORCH := torch==2.13.0

.PHONY: help demo test slow lint format bench conformance clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    train on handwritten digits, print each epoch, draw the curves"
	@echo "make test    the test suite; make slow: its long tests"
	@echo "make lint    ruff and mypy"
	@echo "make format  let ruff rewrite what it can"
	@echo "make bench   against $(TORCH), side by side"
	@echo "make conformance  scored against the operators, modules and optimizers of $(TORCH)"
	@echo "make clean   remove the environments and caches"

demo: $(VENV)/.installed-plot,compile
	$(BIN)/chainrule run examples/softmax_digits.py
	$(BIN)/chainrule run examples/mlp_digits.py

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --numprocesses 2 --quiet -m "not slow"

slow: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --numprocesses 2 --quiet -m slow

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BENCH)/.installed-compile
	$(BENCH)/bin/python bench/run.py $(ARGS)

conformance: $(CONFORMANCE)/.installed-bf16,compile
	$(CONFORMANCE)/bin/python -m pytest --quiet tests/test_conformance.py
	$(CONFORMANCE)/bin/python -m conformance $(ARGS)

clean:
	rm -rf $(VENV) $(BENCH) $(CONFORMANCE) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# One rule per set of extras: .installed-plot,compile and .installed-dev
$(VENV)/.installed-%: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@

$(BENCH)/.installed-%: pyproject.toml Makefile
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --retries 1 \
		"$(TORCH)" pillow --editable ".[$*]"
	@touch $@

$(CONFORMANCE)/.installed-%: pyproject.toml Makefile
	$(PYTHON) -m venv $(CONFORMANCE)
	$(CONFORMANCE)/bin/python -m pip install --quiet --disable-pip-version-check --retries 1 \
		"$(TORCH)" expecttest hypothesis pytest --editable ".[$*]"
	@touch $@
