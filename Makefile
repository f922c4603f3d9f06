# A thin list of `python -m grader …` and `python -m playground …`. Without make, type those.
# Every target sets up .venv by itself on first use; torch is never installed for students.

IMPL ?= exercises
PYTHON ?= python3
MODEL ?= pico
OUT ?=

ifeq ($(OS),Windows_NT)
PY := .venv/Scripts/python.exe
else
PY := .venv/bin/python
endif
GOLDEN_PY := .venv-golden/bin/python

# Text from the command line reaches the shell as environment variables, never as shell words.
export PROMPT FROM

READY := .venv/.ready
READY_DEV := .venv/.ready-dev
READY_WEB := .venv/.ready-web
READY_GOLDEN := .venv-golden/.ready

GRADER := $(PY) -m grader
PLAY := $(PY) -m playground
seed = $(if $(SEED),--seed $(SEED))

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-golden grade watch progress hint reset diff doctor submit stubs check-stubs \
	test lint golden check-golden test-golden test-numpy1 mistakes first-lines margins fuzz generate web xray whatif weights test-gpt2 bench release \
	gradescope class clean

help:
	@echo "make test-step-1      judge step 1 (1 to 14) of exercises/; IMPL=solutions judges the reference"
	@echo "make watch            judge the current step at every save"
	@echo "make progress         what is done, what is next"
	@echo "make hint N=3         a hint for step 3; also: make reset N=3, make diff N=3"
	@echo "make grade            judge everything, with marks"
	@echo "make doctor           what is installed, what is missing"
	@echo "make submit           pack your files for handing in"
	@echo "make generate         your own code writes: PROMPT=… MODEL=pico IMPL=exercises TEMPERATURE=… TOP_K=…"
	@echo "                      TOP_P=… PENALTY=… SEED=… N=…"
	@echo "make web              the same on a web page"
	@echo "make xray             one page with every number of one run: PROMPT=… OUT=…"
	@echo "make weights          download the real GPT-2: MODEL=gpt2 (or FROM=path)"
	@echo "make test-gpt2        judge an implementation on the real GPT-2"
	@echo "make bench            measure speed"
	@echo "make test             the project's own tests"

# ------------------------------------------------------------------------------- environments

# install PYTHON-OF-VENV REQUIREMENT: with uv where it is, with pip where it is not.
define install
	@if command -v uv >/dev/null 2>&1; then \
		uv pip install --quiet --python $(1) "$(2)"; \
	else \
		$(1) -m pip install --quiet --disable-pip-version-check "$(2)"; \
	fi
endef

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Python 3.10 or newer is needed: $$($(PYTHON) --version) is too old. Try make PYTHON=python3.12 …"; exit 2; }
	@echo "setting up .venv (once)" >&2
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" .venv; \
	else \
		$(PYTHON) -m venv .venv; \
	fi
	$(call install,$(PY),.)
	@touch $@

$(READY_DEV): $(READY)
	@echo "adding what the project's own tests need (once)" >&2
	$(call install,$(PY),.[dev])
	@touch $@

$(READY_WEB): $(READY)
	@echo "adding streamlit for the web page (once)" >&2
	$(call install,$(PY),.[web])
	@touch $@

# pip, not uv: a CPU build of torch may come from where pip is configured to look.
$(READY_GOLDEN): pyproject.toml
	@echo "setting up .venv-golden with torch and transformers (once)" >&2
	@$(PYTHON) -m venv .venv-golden
	@$(GOLDEN_PY) -m pip install --quiet --disable-pip-version-check "torch==2.13.0" transformers
	@$(GOLDEN_PY) -m pip install --quiet --disable-pip-version-check .
	@touch $@

setup: $(READY)
setup-dev: $(READY_DEV)
setup-golden: $(READY_GOLDEN)

# ---------------------------------------------------------------------------- for the student

judge_options = --impl $(IMPL) $(seed) $(if $(JSON),--json $(JSON)) $(if $(JUNIT),--junit $(JUNIT))

test-step-%: $(READY)
	@$(GRADER) step $* $(judge_options)

grade: $(READY)
	@$(GRADER) run $(judge_options) $(if $(STEPS),--steps $(STEPS))

watch: $(READY)
	@$(GRADER) watch $(N) --impl $(IMPL)

progress: $(READY)
	@$(GRADER) progress --impl $(IMPL)

hint: $(READY)
	@$(GRADER) hint $(N) $(if $(LEVEL),--level $(LEVEL))

reset: $(READY)
	@$(GRADER) reset $(N) --impl $(IMPL)

diff: $(READY)
	@$(GRADER) diff $(N) --impl $(IMPL)

doctor: $(READY)
	@$(GRADER) doctor

submit: $(READY)
	@$(GRADER) submit --impl $(IMPL) $(if $(OUT),--out $(OUT))

generate: $(READY)
	@$(PLAY) generate $${PROMPT:+"$$PROMPT"} --model $(MODEL) --impl $(IMPL) $(seed) \
		$(if $(TEMPERATURE),--temperature $(TEMPERATURE)) $(if $(TOP_K),--top-k $(TOP_K)) \
		$(if $(TOP_P),--top-p $(TOP_P)) $(if $(PENALTY),--penalty $(PENALTY)) $(if $(N),-n $(N))

web: $(READY_WEB)
	@$(PLAY) web --model $(MODEL) --impl $(IMPL) $(if $(PORT),--port $(PORT))

xray: $(READY)
	@$(PLAY) xray $${PROMPT:+"$$PROMPT"} --model $(MODEL) --impl $(IMPL) $(if $(OUT),--out $(OUT))

whatif: $(READY)
	@$(PLAY) whatif $(if $(OUT),--out $(OUT))

weights: $(READY)
	@$(PY) -m reference_activations.download $(if $(filter-out pico,$(MODEL)),$(MODEL),gpt2) $${FROM:+--from "$$FROM"}

test-gpt2: $(READY)
	@$(GRADER) gpt2 --impl $(IMPL)

bench: $(READY)
	@$(PLAY) bench --impl $(IMPL) $(if $(SIZE),--size $(SIZE)) $(if $(JSON),--json $(JSON)) $(if $(CHART),--chart $(CHART))

# ---------------------------------------------------------------------------- for the teacher

class: $(READY)
	@$(GRADER) class $(if $(DIR),"$(DIR)") $(if $(OUT),--out "$(OUT)")

release: $(READY)
	@$(GRADER) release $(if $(OUT),"$(OUT)")

gradescope: $(READY)
	@$(GRADER) gradescope $(if $(OUT),--out "$(OUT)")

# ------------------------------------------------------------------------- for the maintainer

stubs: $(READY)
	@$(GRADER) stubs

check-stubs: $(READY)
	@$(GRADER) stubs --check

lint: $(READY_DEV)
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy

test: $(READY_DEV)
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# The oldest NumPy that is promised: no right answer fails there either.
.venv-numpy1/.ready: pyproject.toml
	@echo "setting up .venv-numpy1 with NumPy 1.26 (once)" >&2
	@$(PYTHON) -m venv .venv-numpy1
	@.venv-numpy1/bin/python -m pip install --quiet --disable-pip-version-check "numpy==1.26.*" .
	@touch $@

test-numpy1: .venv-numpy1/.ready
	@.venv-numpy1/bin/python -m pytest -o addopts= -q -p no:cacheprovider tests/judging/test_alternatives.py -k "whatever or sixty"

mistakes: $(READY)
	@$(GRADER) mistakes

# What a beginner reads first, held against a teacher's words: tests/diagnosis/beginners/.
first-lines: $(READY)
	@$(PY) -m tests.measures.first_lines

margins: $(READY)
	@$(GRADER) margins

# Large and odd bytes for everything that reads a stranger's; an hour, or FUZZ_SECONDS.
fuzz: $(READY_DEV)
	@$(PY) -W ignore -m tests.measures.fuzz --seconds $(or $(FUZZ_SECONDS),3600) $(seed)

golden: $(READY_GOLDEN)
	@$(GOLDEN_PY) -m reference_activations.dump

check-golden: $(READY_GOLDEN)
	@$(GOLDEN_PY) -m reference_activations.dump --check

test-golden: $(READY_GOLDEN)
	@$(GOLDEN_PY) -m pytest -o addopts= -q -p no:cacheprovider tests/reference_activations/golden

clean:
	@rm -rf .venv .venv-golden .venv-numpy1
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
