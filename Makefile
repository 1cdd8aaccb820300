# Two commands: `make demo` shows crystalviz, `make test` checks it. `make help` lists all.
#
# Everything is installed into .venv, in this folder. A Chromium is installed only where a check
# needs one and none is there (scripts/chromium.sh).

VENV := .venv
PYTHON_IN_VENV := $(VENV)/bin/python
INSTALLED := $(VENV)/installed
HEADLESS ?=
PORT ?=

headless := $(filter-out 0 no false,$(HEADLESS))

.DEFAULT_GOAL := help
.PHONY: help demo test lint widgets venv chromium hnsw clean

help: ## This list.
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

demo: $(INSTALLED)/$(if $(headless),headless,demo) hnsw widgets $(if $(headless),chromium) ## The dashboard on the sample; PORT=8866, HEADLESS=1 checks it and stops.
	CRYSTALVIZ_CACHE="$(CURDIR)/.demo" $(VENV)/bin/crystalviz demo $(if $(headless),--headless) $(if $(PORT),--port $(PORT))

test: $(INSTALLED)/test hnsw lint chromium ## Every check: lint, types, JavaScript, Python and browser tests.
	$(PYTHON_IN_VENV) -m pytest -n 2 --dist loadfile

lint: $(INSTALLED)/test widgets ## Format, lint and types of Python; types, lint and tests of TypeScript.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(PYTHON_IN_VENV) scripts/widgets.py npm run check

widgets: venv ## Build the JavaScript where a source has changed.
	@$(PYTHON_IN_VENV) scripts/widgets.py build

clean: ## Remove the environment and everything that was built.
	rm -rf $(VENV) .demo artifacts build dist src/crystalviz/static widgets_js/node_modules
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache

venv:
	@sh scripts/venv.sh $(VENV)

chromium:
	@sh scripts/chromium.sh $(PYTHON_IN_VENV)

hnsw:
	@sh scripts/hnsw.sh $(PYTHON_IN_VENV)

$(INSTALLED)/demo: extras := models,onnx,dashboard
$(INSTALLED)/headless: extras := models,onnx,dashboard,browser
$(INSTALLED)/test: extras := models,onnx,openvino,dashboard,weaviate,dask,umap,graph,parquet,dev

# One rule for all of them: what is installed is up to date until pyproject.toml changes.
$(INSTALLED)/%: pyproject.toml | venv
	@echo "Installing crystalviz[$(extras)] into $(VENV); the first time takes some minutes."
	@$(PYTHON_IN_VENV) -m pip install --quiet --editable ".[$(extras)]"
	@mkdir -p $(INSTALLED)
	@touch $@

# Not in parallel: these install into one environment.
.NOTPARALLEL:
