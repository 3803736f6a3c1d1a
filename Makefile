# install · run · test · check · bench · gallery · readme · drawings · train-NAME

VENV := .venv
# SPEECH=0 leaves out espeak-ng, which is GPL-3.
SPEECH := 1
# Processes that run tests, each with one thread for numbers; a file's tests stay together.
WORKERS := 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEBIAN := chromium chromium-driver fonts-noto-cjk

.PHONY: help install install-dev browser run test check bench gallery readme drawings
.DELETE_ON_ERROR:

help:
	@echo "make run        install what is missing and open the page on http://127.0.0.1:7860"
	@echo "make install    make $(VENV) with everything the page needs (SPEECH=0: without espeak-ng, which is GPL-3)"
	@echo "make test       install the test requirements too, and run the tests"
	@echo "make check      ruff, ruff format, pytest"
	@echo "make bench      measure the figures of docs/benchmarks.md"
	@echo "make gallery    draw the pictures of docs/gallery and of the README"
	@echo "make readme     write the tables of the README"
	@echo "make drawings   render assets/drawings to the atlas"
	@echo "make train-NAME train a bundled model, for example: make train-clip-mini"

install: $(VENV)/installed

install-dev: $(VENV)/installed-dev

# The first Python of 3.11 or later that is really there.
$(BIN)/python:
	@set -e; \
	for name in $(PYTHON) python3.11 python3.12 python3.13 python3 python; do \
		if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found="$$name"; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
		echo "mmviz needs Python 3.11 or later, and none is on the PATH; install it, or say where it is: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	if ! "$$found" -m venv $(VENV); then \
		rm -rf $(VENV); \
		echo "$$found cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; \
	fi

$(VENV)/installed: requirements.txt requirements-speech.txt pyproject.toml | $(BIN)/python
	$(PIP) install -r requirements.txt
	@if [ "$(SPEECH)" != 0 ]; then $(PIP) install -r requirements-speech.txt || echo "Without espeak-ng speech is aligned by pocketsphinx, in English alone." >&2; fi
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(PIP) install -r requirements-dev.txt
	$(PIP) install --no-deps captum==0.8.0
	@touch $@

# Browser tests drive Debian's Chromium; installing it takes root.
browser:
	@missing=""; \
	for package in $(DEBIAN); do \
		dpkg-query --show --showformat='$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ] || { command -v chromium && command -v chromedriver && fc-list :lang=zh | grep -q .; } >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get install --yes --no-install-recommends $$missing || { apt-get update && apt-get install --yes --no-install-recommends $$missing; } || \
			echo "These could not be installed, browser tests may not run:$$missing" >&2; \
	else \
		echo "Browser tests need what is missing here:$$missing (on Debian, as root: apt-get install$$missing)" >&2; \
	fi

run: install
	$(BIN)/python app.py

test: install-dev browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

bench: install-dev
	$(BIN)/python docs/write_benchmarks.py

gallery: install-dev
	@set -e; for script in docs/gallery/*.py; do echo "$$script"; $(BIN)/python "$$script"; done

readme: install
	$(BIN)/python docs/write_readme.py

drawings: install-dev
	$(BIN)/python -m mmviz.worlds.atlas

train-%: install
	$(BIN)/python -m mmviz train $*
