# Two commands: `make` builds the default sweeps, `make test` runs the tests.

PYTHON ?= python3
CORES ?= all
BIN := .venv/bin

.PHONY: all check test test-unit test-workflow test-uncompiled test-slurm test-matrix test-lowest
.PHONY: coverage constraints bench bench-small report docs gallery linkcheck clean

# The sweeps that config/config.yaml names.
all: .venv/run
	$(BIN)/snakemake --cores $(CORES)
	@echo "Done. Figures and tables are in results/, one folder per sweep."

# An HTML report of the default sweeps, with captions.
report: all
	$(BIN)/snakemake --cores $(CORES) --report report.html

# Format, lint, types, and the site.
check: .venv/dev docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

# The site, in build/docs/html. A warning, such as a link that leads nowhere, is an error.
SPHINX := $(BIN)/sphinx-build --quiet --fail-on-warning --nitpicky --fresh-env
docs: .venv/dev
	$(SPHINX) -d build/docs/trees docs build/docs/html

# The gallery: all shipped sweeps in full, an hour on two cores, then their small pictures.
SHIPPED := $(notdir $(basename $(wildcard config/sweeps/*.yaml)))
gallery: .venv/dev
	$(BIN)/snakemake --cores $(CORES) $(SHIPPED)
	PYTHONPATH=docs $(BIN)/python -m making.pictures results

# Links to other places of the world; needs a network.
linkcheck: .venv/dev
	$(SPHINX) -b linkcheck -d build/docs/trees docs build/docs/links

# All tests but those of SLURM and those that repeat others without compilation, which continuous
# integration runs too.
test: test-unit test-workflow

# COVERAGE=1 counts the lines that the tests run, for `make coverage`; they take longer then. Those of
# real runs are of other processes, whose lines nobody counts.
COUNTED := $(if $(COVERAGE),--cov --cov-append --cov-fail-under=0 --cov-report=)
PYTEST := $(BIN)/pytest --numprocesses=auto --durations=20

COMPILE := "from genphase.jobs.compile import load_kernels as k; k(); k(double=True)"

# With kernels that are compiled once, before several processes use them.
test-unit: .venv/dev
	rm -f .coverage
	$(BIN)/python -c $(COMPILE)
	$(PYTEST) $(COUNTED) --ignore=tests/slurm --ignore=tests/workflow

# Real runs of Snakemake.
test-workflow: .venv/dev
	$(PYTEST) tests/workflow

# The kernels without compilation, which is how their lines can be counted.
test-uncompiled: .venv/dev
	NUMBA_DISABLE_JIT=1 $(PYTEST) $(COUNTED) \
		tests/kernels tests/draws tests/test_solvers.py tests/cells/test_trial.py

# On a SLURM of their own, one by one; skipped, with the reason, where it cannot be started.
test-slurm: .venv/dev
	$(BIN)/pytest -rs tests/slurm

# The unit tests with every supported Python that is here, each in an environment of its own.
PYTHONS ?= 3.11 3.12 3.13 3.14
test-matrix:
	@set -e; for version in $(PYTHONS); do \
		python$$version -c "" 2>/dev/null || { echo "python$$version is not here: skipped"; continue; }; \
		echo "Python $$version"; \
		python$$version -m venv --clear .matrix/$$version; \
		.matrix/$$version/bin/pip install --quiet --disable-pip-version-check -e '.[test]'; \
		.matrix/$$version/bin/python -c $(COMPILE); \
		.matrix/$$version/bin/pytest --numprocesses=auto --ignore=tests/slurm --ignore=tests/workflow; \
	done

# The unit tests with the lowest versions of libraries that pyproject.toml allows.
test-lowest:
	$(PYTHON) -m venv --clear .matrix/lowest
	$(PYTHON) -c "import re, tomllib; \
		found = tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies']; \
		print(*(re.sub(r'>=([^,]+).*', r'==\1', name) for name in found), sep='\n')" >.matrix/lowest.txt
	.matrix/lowest/bin/pip install --quiet --disable-pip-version-check -c .matrix/lowest.txt -e '.[test]'
	.matrix/lowest/bin/python -c $(COMPILE)
	.matrix/lowest/bin/pytest --numprocesses=auto --ignore=tests/slurm --ignore=tests/workflow

# constraints.txt, made anew from what pip finds today; pre-commit takes its versions from there.
constraints:
	$(PYTHON) -m venv --clear .matrix/new
	.matrix/new/bin/pip install --quiet --disable-pip-version-check '.[dev]'
	(sed -n '/^#/p' constraints.txt; .matrix/new/bin/pip freeze --exclude genphase) >.matrix/constraints.txt
	mv .matrix/constraints.txt constraints.txt

# What the tests that have run with COVERAGE=1 have not.
coverage: .venv/dev
	$(BIN)/coverage report

# Speed, as ratios against NumPy loops, in build/bench.json. Add TORCH=--torch where PyTorch is installed,
# and LARGE=--large for networks of gigabytes.
bench: .venv/run
	$(BIN)/python benchmarks/run.py $(TORCH) $(LARGE) --json build/bench.json

# Half a minute of it, after test-unit has compiled the kernels: no ratio fell by more than a third, or,
# on another model of processor, by half.
bench-small: .venv/run
	$(BIN)/python benchmarks/run.py --small --json build/bench-small.json
	$(BIN)/python benchmarks/compare.py benchmarks/reference.json build/bench-small.json

clean:
	rm -rf .venv .matrix .snakemake .coverage* build

INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

.venv/run: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) -e .
	@touch $@

.venv/dev: .venv/run
	$(INSTALL) -e '.[dev]'
	@touch $@
