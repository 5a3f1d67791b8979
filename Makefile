# Two commands: `make learn` opens the course, `make test` proves it. Works with the make of macOS (3.81).
# Set PYTHON to use another interpreter (3.11 or newer): make learn PYTHON=python3.12
PYTHON = python3
VENV = .venv
PY = $(VENV)/bin/python
WORKERS = 2

.PHONY: help learn test demo bench build lint lock clean

help:
	@echo "make learn   set up everything and open the course"
	@echo "make test    lint, types and every test"
	@echo "make demo    invent a cohort of 40 and take it from its roster to its report"
	@echo "make bench   the grading engine against nbgrader autograde"
	@echo "make build   lessons/ from solutions/"
	@echo "make lint    ruff, mypy, import-linter"
	@echo "make lock    resolve requirements.txt and requirements-dev.txt again (needs uv)"

learn: $(VENV)/.learn
	@$(PY) -m grader.cli start

test: $(VENV)/.dev lint
	@sh .ci/need chromium bwrap git
	$(PY) -m pytest -n $(WORKERS) --dist loadgroup

demo: $(VENV)/.dev
	@$(PY) -m grader.cli demo

bench: $(VENV)/.dev
	@sh .ci/need bwrap
	@$(PY) -m grader.coach.bench

build: $(VENV)/.dev
	@$(PY) -m grader.cli build

lint: $(VENV)/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

$(VENV)/.made:
	@PYTHON=$(PYTHON) sh .ci/need venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# A developer's environment holds all that a learner's does, with the same pins: `.dev` makes `.learn` true as well.
$(VENV)/.learn: $(VENV)/.made requirements.txt pyproject.toml
	@echo "Installing the course (once; a minute or two) ..."
	@$(PIP) --no-deps --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements-dev.txt pyproject.toml
	@echo "Installing what a coach and the tests need (once; a few minutes) ..."
	@$(PIP) --no-deps --require-hashes -r requirements-dev.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $(VENV)/.learn $@

# The lock is complete, so pip resolves nothing. What it says about each package is for developers; errors are shown.
PIP = $(PY) -m pip install --quiet --quiet --disable-pip-version-check

LOCK = uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet

lock:
	$(LOCK) pyproject.toml .ci/build-backend.in -o requirements.txt
	$(LOCK) pyproject.toml --extra coach --extra dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
