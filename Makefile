# Each verb sets up .venv by itself the first time, and again when what is installed has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
INSTALLED_FROM := setup.py pyproject.toml $(wildcard runtime/*.c runtime/*.h)
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal
# Workers, and the processes that tests start, load bytecode in a third of the time that compiling takes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench bench-quick clean

demo: $(VENV)/.installed-demo  ## fit a logistic regression, with a gradient compiled from plain NumPy
	$(BIN)/python -m examples.demo

test: $(VENV)/.installed-all  ## every test, and the examples in the docstrings
	$(PYTEST) --doctest-modules gradgen tests

check: $(VENV)/.installed-all  ## what to run before each commit: lint, types, layers, the fast tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST) -q -m "not slow" tests

# What a user would pick instead, each by itself: one that does not install leaves a dash in the table.
RIVALS := jax casadi pytensor
TORCH_INDEX := https://download.pytorch.org/whl/cpu

bench: $(BENCH)/.installed  ## everything side by side: workloads × tools, checked and timed; about half an hour
	$(BENCH)/bin/python -m benchmarks $(BENCH_FLAGS)
	$(BENCH)/bin/python -m benchmarks.targets

bench-quick: $(VENV)/.installed-all  ## gradgen and the C by hand only, compared with the committed results
	$(BIN)/python -m benchmarks --quick $(BENCH_FLAGS)

clean:  ## forget the environment and everything built
	rm -rf $(VENV) $(BENCH) build dist demo-output gradgen/_dispatch*.so *.egg-info

$(VENV)/.installed-demo: EXTRAS := demo
$(VENV)/.installed-all: EXTRAS := test,demo,dev
$(VENV)/.installed-%: $(INSTALLED_FROM)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'setting up $(VENV), once: about a minute'
	$(BIN)/python -m pip install --editable '.[$(EXTRAS)]'
	touch $@

$(BENCH)/.installed: $(INSTALLED_FROM)
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@echo 'setting up $(BENCH), once: some minutes, a gigabyte'
	$(BENCH)/bin/python -m pip install --editable '.[demo]'
	for rival in $(RIVALS); do $(BENCH)/bin/python -m pip install $$rival || true; done
	$(BENCH)/bin/python -m pip install torch --extra-index-url $(TORCH_INDEX) || true
	touch $@
