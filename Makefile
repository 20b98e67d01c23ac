# Two commands: `make` builds the default sweeps, `make test` runs all tests.

PYTHON ?= python3
CORES ?= all
BIN := .venv/bin

.PHONY: all check test bench report clean

# The sweeps that config/config.yaml names.
all: .venv/run
	$(BIN)/snakemake --cores $(CORES)
	@echo "Done. Figures and tables are in results/, one folder per sweep."

# An HTML report of the default sweeps, with captions.
report: all
	$(BIN)/snakemake --cores $(CORES) --report report.html

# Format, lint and types.
check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

# All tests, with kernels that are compiled once, before several processes use them; then the tests of
# the kernels without compilation, which is how their lines can be counted; then those on a SLURM of
# their own, one by one (skipped, with the reason, where it cannot be started).
test: .venv/dev
	$(BIN)/python -c "from genphase.jobs.compile import load_kernels; load_kernels()"
	$(BIN)/pytest --numprocesses=auto --ignore=tests/slurm --cov --cov-report= --cov-fail-under=0
	NUMBA_DISABLE_JIT=1 $(BIN)/pytest --numprocesses=auto --cov --cov-append --cov-report=term \
		tests/kernels tests/test_instances.py tests/test_solvers.py tests/test_trials.py
	$(BIN)/pytest -rs tests/slurm

# Speed, as ratios against NumPy loops; add TORCH=--torch where PyTorch is installed.
bench: .venv/run
	$(BIN)/python benchmarks/run.py $(TORCH)

clean:
	rm -rf .venv .snakemake .coverage* build

INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

.venv/run: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) -e .
	@touch $@

.venv/dev: .venv/run
	$(INSTALL) -e '.[dev]'
	@touch $@
