# One command each: `make` alone lists them. Everything that is installed goes into .venv, at the versions of constraints.txt.

PYTHON ?= python3
VENV := .venv
# Files of tests at a time, on two cores too: many wait for a heartbeat, a page or a process. Each takes up to 2 GB of memory.
WORKERS ?= 3
# Tests start hundreds of processes: with compiled files beside the sources each begins in a third of the time.
unexport PYTHONDONTWRITEBYTECODE
ifeq ($(OS),Windows_NT)
VENV_PYTHON := $(VENV)/Scripts/python
else
VENV_PYTHON := $(VENV)/bin/python
endif
PIP_INSTALL := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
NUMBERED_PAGES := $(wildcard pages/[0-9]*.py)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help app test test-long faults check bench wheel clean

help:
	@echo 'make app     set up what is missing, then start the app at http://127.0.0.1:8501'
	@echo 'make test    set up what is missing (a Chromium too), then run the tests, three files at a time; WORKERS=0: one after another'
	@echo 'make test-long  the long ones: trainers killed and resumed, clusters, whole stories in a browser; half an hour'
	@echo 'make faults  the fault tests in full: two hundred kills, a log of 1 GB, two hours of refreshes, five hundred page changes; takes over an hour'
	@echo 'make check   lint, formatting and types'
	@echo 'make bench   how fast the game, the environments and the live page are, beside a peer; takes a minute or two'
	@echo 'make wheel   the package, dist/control_room-….whl: pip install "dist/control_room-….whl[app]"'
	@echo 'make clean   remove what the other commands made; runs/ stays'
	@echo
	@echo 'Another Python than python3:  make app PYTHON=python3.13'

app: $(VENV)/.game-compiled $(VENV)/.environments
	$(VENV_PYTHON) -m streamlit run streamlit_app.py

# Together they are all tests: what tells most about a change in a few minutes, and what takes longer.
test: MARKED := not long
test-long: MARKED := long
test test-long: $(VENV)/.test-tools $(VENV)/.game-compiled
	$(VENV_PYTHON) -m tests.chromium --install
	$(VENV_PYTHON) -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder -m '$(MARKED)'

faults: $(VENV)/.test-tools $(VENV)/.game-compiled
	CONTROL_ROOM_KILLS=200 CONTROL_ROOM_CUT_EVERY=1 CONTROL_ROOM_LOG_MB=1000 CONTROL_ROOM_REFRESHES=7200 \
		CONTROL_ROOM_PAGE_CHANGES=50 CONTROL_ROOM_QUEUE_KILLS=50 CONTROL_ROOM_LOST_NODES=5 \
		$(VENV_PYTHON) -m pytest --timeout 5400 tests/faults tests/trainer/engines/ray/test_cluster.py

check: $(VENV)/.test-tools $(VENV)/.check-tools
	$(VENV_PYTHON) -m ruff check
	$(VENV_PYTHON) -m ruff format --check
	$(VENV_PYTHON) -m mypy streamlit_app.py setup.py pages trainer tests $(NUMBERED_PAGES)

bench: $(VENV)/.bench-tools $(VENV)/.game-compiled
	$(VENV_PYTHON) -m tests.benchmarks

wheel: $(VENV)/.test-tools
	rm -rf dist
	$(VENV_PYTHON) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build
	@echo dist/*.whl

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache *.egg-info
	find trainer pages tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The marks inside .venv remember what has been done, so that a second call has nothing to set up.

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Control Room needs Python 3.11 or newer; $(PYTHON) is' "$$($(PYTHON) --version 2>&1)."; \
		echo 'Name another one: make PYTHON=python3.13 $(MAKECMDGOALS)'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory $(VENV)-support
	$(PYTHON) -m venv $(VENV)
	@touch $@

# Debian and Ubuntu split the module that makes environments off into a package of its own.
.PHONY: $(VENV)-support
$(VENV)-support: SUDO = $(shell test "$$(id -u)" = 0 || echo sudo)
$(VENV)-support: PACKAGE = $(shell $(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
$(VENV)-support:
	@command -v apt-get >/dev/null || { \
		echo '$(PYTHON) lacks the module ensurepip: install the package of your system that holds it, then call make again.'; exit 1; }
	@echo '$(PYTHON) cannot make environments yet: installing $(PACKAGE)'
	$(SUDO) apt-get update -qq
	$(SUDO) apt-get install -y -qq $(PACKAGE)

$(VENV)/.app-tools: $(VENV)/.made pyproject.toml constraints.txt
	$(PIP_INSTALL) '.[app]'
	@touch $@

# Some environments have no package for some platforms; whatever can be installed works.
$(VENV)/.environments: $(VENV)/.app-tools
	@for group in box2d mujoco atari; do \
		$(PIP_INSTALL) ".[$$group]" || echo "The environments of $$group cannot be installed here; everything else works."; \
	done
	@touch $@

$(VENV)/.test-tools: $(VENV)/.environments
	$(PIP_INSTALL) '.[test]'
	@touch $@

$(VENV)/.check-tools: $(VENV)/.app-tools
	$(PIP_INSTALL) '.[check]'
	@touch $@

# The peer brings jax, which does not exist for every Python; without it the rest is still measured.
$(VENV)/.bench-tools: $(VENV)/.app-tools
	@$(PIP_INSTALL) '.[bench]' && touch $@ || echo 'The peer, tetris-gymnasium, cannot be installed here and is not measured.'

# Compiled once here, the game starts at once ever after; its own cache is renewed when a file of it changes.
$(VENV)/.game-compiled: $(VENV)/.app-tools $(wildcard trainer/tasks/tetris/game/*.py)
	@echo 'compiling the game'
	@$(VENV_PYTHON) -c 'import trainer.tasks.tetris.game.course, trainer.tasks.tetris.game.players'
	@touch $@
