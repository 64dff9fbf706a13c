# `make demo` and `make test` do all their own set-up. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Tests run in so many processes, each file whole in one of them; 0: in this one, in their own order.
WORKERS ?= 2

.PHONY: help demo trainer test lint format slow demo-bundle screens requirements clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/pyvenv.cfg:
	@deploy/system-packages.sh
	$(PYTHON) -m venv $(VENV)

$(VENV)/.station: $(VENV)/pyvenv.cfg requirements/station.txt pyproject.toml
	$(PIP) --require-hashes -r requirements/station.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.trainer: $(VENV)/.station requirements/trainer.txt
	$(PIP) --require-hashes -r requirements/trainer.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.trainer requirements/dev.txt
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.station ## inspect a few dozen synthetic scaffolds; leaves demo/
	@PATH="$(CURDIR)/$(BIN):$$PATH" deploy/demo.sh

trainer: $(VENV)/.trainer ## install the trainer (TensorFlow)

test: $(VENV)/.dev lint ## everything CI runs, TensorFlow included
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

slow: $(VENV)/.dev ## the tests that CI does not wait for
	$(BIN)/python -m pytest -q -m slow

lint: $(VENV)/.dev ## style, types and the arrows between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## let ruff write the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo-bundle: $(VENV)/.trainer ## train the shipped bundle again (its model card says how long it takes)
	@PATH="$(CURDIR)/$(BIN):$$PATH" deploy/demo-bundle.sh

screens: $(VENV)/.dev ## draw docs/screens/: every page of the window in both languages
	PYTHONPATH=.:tests $(BIN)/python tests/draw_screens.py docs/screens

requirements: $(VENV)/.dev ## pin requirements/*.txt anew from *.in
	for list in station trainer dev pycuda jetpack6; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
	    --no-emit-index-url --no-annotate requirements/$$list.in -o requirements/$$list.txt; \
	done

clean: ## remove what make made
	rm -rf $(VENV) demo build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
