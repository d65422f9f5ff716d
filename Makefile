# Two commands: `make demo` shows the product, `make test` proves it. Everything is installed into .venv.
PY ?= python3
BIN := .venv/bin
CLIENT := $(shell find fieldapp/client -path '*/node_modules' -prune -o -type f -print)
SOURCES := pyproject.toml hatch_build.py fieldapp/templates/app.html fieldapp/static/tokens.css $(CLIENT)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint types unit browser client bench soak look clean
.DELETE_ON_ERROR:

demo: .venv/made-demo
	$(BIN)/fieldapp demo $(ARGS)

test: lint types client unit

lint: .venv/made-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/made-test
	$(BIN)/mypy

unit: .venv/made-test
	$(BIN)/python -m pytest $(ARGS)

client: .venv/made-test
	$(BIN)/python -m tests.client

look: .venv/made-look
	$(BIN)/python -m tests.look
	$(BIN)/python -m tests.webkit

soak: .venv/made-test
	$(BIN)/python -m tests.soak $(ARGS)

bench: .venv/made-test
	$(BIN)/python -m tests.bench $(ARGS)

.venv/made-demo: $(SOURCES) | .venv/python
	$(PIP) -e .
	@touch $@

.venv/made-test: $(SOURCES) | .venv/python
	$(PIP) -e '.[test]'
	@touch .venv/made-demo $@

.venv/made-look: .venv/made-test
	$(PIP) -e '.[test,look]'
	@touch $@

# a bundle removed by hand or by `git clean` must be built again
ifeq ($(wildcard fieldapp/static/dist/sw.js),)
.PHONY: .venv/made-demo .venv/made-test
endif

.PHONY: .venv/python
.venv/python:
	@command -v $(PY) >/dev/null || { echo "Missing: $(PY). On Debian or Ubuntu: apt install python3 python3-venv"; exit 1; }
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; found $$($(PY) -V). Try: make PY=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PY) -m venv .venv || { echo "Missing: venv. On Debian or Ubuntu: apt install python3-venv"; rm -rf .venv; exit 1; }

clean:
	rm -rf .venv .cache fieldapp/static/dist fieldapp/client/node_modules
