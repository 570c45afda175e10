# Each verb sets up .venv by itself the first time, and again when what is installed has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED_FROM := setup.py pyproject.toml $(wildcard runtime/*.c runtime/*.h)
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal

.PHONY: demo test check bench clean

demo: $(VENV)/.installed-demo  ## fit a logistic regression, with a gradient compiled from plain NumPy
	$(BIN)/python -m examples.demo

test: $(VENV)/.installed-all  ## every test, and the examples in the docstrings
	$(PYTEST) --doctest-modules gradgen tests

check: $(VENV)/.installed-all  ## what to run before each commit: lint, types, layers, the fast tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST) -q -m "not slow" tests

bench: $(VENV)/.installed-all  ## the ratios the project holds itself to
	$(BIN)/python -m benchmarks.quick

clean:  ## forget the environment and everything built
	rm -rf $(VENV) build dist demo-output gradgen/_dispatch*.so *.egg-info

$(VENV)/.installed-demo: EXTRAS := demo
$(VENV)/.installed-all: EXTRAS := test,demo,dev
$(VENV)/.installed-%: $(INSTALLED_FROM)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'setting up $(VENV), once: about a minute'
	$(BIN)/python -m pip install --editable '.[$(EXTRAS)]'
	touch $@
