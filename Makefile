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
# <teacher>
GOLDEN_PY := .venv-golden/bin/python
# </teacher>

# Text from the command line reaches the shell as environment variables, never as shell words, and make
# does not read a $ in it.
unexport PROMPT
ifeq ($(origin PROMPT),command line)
export KATA_PROMPT := $(value PROMPT)
prompt := -- "$$KATA_PROMPT"
endif
export FROM

READY := .venv/.ready
READY_WEB := .venv/.ready-web
# <teacher>
READY_DEV := .venv/.ready-dev
READY_GOLDEN := .venv-golden/.ready
# </teacher>

GRADER := $(PY) -m grader
PLAY := $(PY) -m playground
seed = $(if $(SEED),--seed $(SEED))
# 1 says "not passed yet", which is a verdict and no error: only `python -m grader` ends with it.
verdict := || test $$? -eq 1

.DEFAULT_GOAL := help
.PHONY: help setup grade watch trace progress hint reset diff doctor submit prompt generate web live xray whatif weights \
	test-gpt2 bench test clean
# <teacher>
.PHONY: setup-dev setup-golden class release gradescope stubs check-stubs lint test-numpy1 mistakes first-lines \
	margins suspects fuzz golden check-golden test-golden
# </teacher>

help:
	@echo "make test-step-1   judge step 1 (0 to 14)"
	@echo "make watch         judge the current step at every save"
	@echo "make trace N=6     what each line of a step's function made"
	@echo "make progress      what is done, what is next"
	@echo "make hint N=3      a hint for step 3"
	@echo "make reset N=3     step 3 from its stubs again"
	@echo "make diff N=3      yours beside the solution, once it passes"
	@echo "make prompt N=3    what an AI tutor needs to help you"
	@echo "make grade         judge everything, with points"
	@echo "make doctor        what is installed, what is missing"
	@echo "make submit        pack your files for handing in: OUT=…"
	@echo "make generate      your own code writes: PROMPT=… TOP_K=…"
	@echo "                   TEMPERATURE=… TOP_P=… PENALTY=… SEED=…"
	@echo "                   N=… MODEL=…"
	@echo "make web           the same on a web page"
	@echo "make live          a page that follows your saves"
	@echo "make xray          every number of a run: PROMPT=… OUT=…"
	@echo "make whatif        a whole GPT-2 on a page, to change: OUT=…"
	@echo "make weights       download the real GPT-2: MODEL=… FROM=…"
	@echo "make test-gpt2     judge your code on the real GPT-2"
	@echo "make bench         measure speed"
# <teacher>
	@echo "make class         judge a folder of hand-ins: DIR=… OUT=…"
	@echo "make release       write the student's edition: OUT=…"
	@echo "make gradescope    write the Gradescope autograder: OUT=…"
	@echo "make test          the project's own tests"
	@echo "IMPL=solutions     runs the reference instead of exercises"
# </teacher>

# ------------------------------------------------------------------------------- environments

# venv FOLDER, install PYTHON-OF-VENV REQUIREMENT: with uv where it is, with pip where it is not.
define venv
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(1); \
	else \
		$(PYTHON) -m venv $(1); \
	fi
endef

define install
	@if command -v uv >/dev/null 2>&1; then \
		uv pip install --quiet --python $(1) "$(2)"; \
	else \
		$(1) -m pip install --quiet --disable-pip-version-check "$(2)"; \
	fi
endef

$(READY): pyproject.toml
	@command -v "$(PYTHON)" >/dev/null 2>&1 || \
		{ echo "There is no $(PYTHON) here. Install Python 3.10 or newer, or try make PYTHON=python3.12 …"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Python 3.10 or newer is needed: $$($(PYTHON) --version) is too old. Try make PYTHON=python3.12 …"; exit 2; }
	@echo "setting up .venv (once)" >&2
	$(call venv,.venv)
	$(call install,$(PY),.)
	@touch $@

# <teacher>
$(READY_DEV): $(READY)
	@echo "adding what the project's own tests need (once)" >&2
	$(call install,$(PY),.[dev])
	@touch $@

# </teacher>
$(READY_WEB): $(READY)
	@echo "adding streamlit for the web page (once)" >&2
	$(call install,$(PY),.[web])
	@touch $@

# <teacher>
# pip knows where this machine has a CPU build of torch; uv does where it is told (UV_FIND_LINKS).
$(READY_GOLDEN): pyproject.toml
	@echo "setting up .venv-golden with torch and transformers (once)" >&2
	@if [ -n "$$UV_FIND_LINKS" ] && command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" .venv-golden && \
		uv pip install --quiet --python $(GOLDEN_PY) "torch==2.13.0" transformers .; \
	else \
		$(PYTHON) -m venv .venv-golden && \
		$(GOLDEN_PY) -m pip install --quiet --disable-pip-version-check "torch==2.13.0" transformers && \
		$(GOLDEN_PY) -m pip install --quiet --disable-pip-version-check .; \
	fi
	@touch $@

setup-dev: $(READY_DEV)
setup-golden: $(READY_GOLDEN)
# </teacher>

setup: $(READY)

# ---------------------------------------------------------------------------- for the student

judge_options = --impl $(IMPL) $(seed) $(if $(JSON),--json $(JSON)) $(if $(JUNIT),--junit $(JUNIT))

test-step-%: $(READY)
	@$(GRADER) step $* $(judge_options) $(verdict)

grade: $(READY)
	@$(GRADER) run $(judge_options) $(if $(STEPS),--steps $(STEPS)) $(verdict)

watch: $(READY)
	@$(GRADER) watch $(N) --impl $(IMPL)

trace: $(READY)
	@$(GRADER) trace $(N) --impl $(IMPL) $(seed) $(if $(FUNCTION),--function $(FUNCTION)) $(if $(JSON),--json $(JSON)) $(verdict)

progress: $(READY)
	@$(GRADER) progress --impl $(IMPL)

hint: $(READY)
	@$(GRADER) hint $(N) $(if $(LEVEL),--level $(LEVEL))

reset: $(READY)
	@$(GRADER) reset $(N) --impl $(IMPL)

diff: $(READY)
	@$(GRADER) diff $(N) --impl $(IMPL) $(verdict)

doctor: $(READY)
	@$(GRADER) doctor $(verdict)

prompt: $(READY)
	@$(GRADER) prompt $(N) --impl $(IMPL)

submit: $(READY)
	@$(GRADER) submit --impl $(IMPL) $(if $(OUT),--out "$(OUT)")

generate: $(READY)
	@$(PLAY) generate --model $(MODEL) --impl $(IMPL) $(seed) \
		$(if $(TEMPERATURE),--temperature $(TEMPERATURE)) $(if $(TOP_K),--top-k $(TOP_K)) \
		$(if $(TOP_P),--top-p $(TOP_P)) $(if $(PENALTY),--penalty $(PENALTY)) $(if $(N),-n $(N)) $(prompt)

web: $(READY_WEB)
	@$(PLAY) web --model $(MODEL) --impl $(IMPL) $(if $(PORT),--port $(PORT))

live: $(READY)
	@$(PLAY) live --impl $(IMPL)

xray: $(READY)
	@$(PLAY) xray --model $(MODEL) --impl $(IMPL) $(if $(OUT),--out "$(OUT)") $(prompt)

whatif: $(READY)
	@$(PLAY) whatif $(if $(OUT),--out "$(OUT)")

weights: $(READY)
	@$(PY) -m reference_activations.download $(if $(filter-out pico,$(MODEL)),$(MODEL),gpt2) $${FROM:+--from "$$FROM"}

test-gpt2: $(READY)
	@$(GRADER) gpt2 --impl $(IMPL) $(verdict)

bench: $(READY)
	@$(PLAY) bench --impl $(IMPL) $(if $(SIZE),--size $(SIZE)) $(if $(JSON),--json $(JSON)) $(if $(CHART),--chart $(CHART)) $(if $(THREADS),--threads $(THREADS))

#student test:
#student 	@echo "This copy has no tests of its own. To judge your code:"
#student 	@echo "make test-step-1 for one step, make grade for all."
#student
# <teacher>
# ---------------------------------------------------------------------------- for the teacher

class: $(READY)
	@$(GRADER) class $(if $(DIR),"$(DIR)") $(if $(OUT),--out "$(OUT)")

release: $(READY)
	@$(GRADER) release $(if $(OUT),"$(OUT)") --prove

gradescope: $(READY)
	@$(GRADER) gradescope $(if $(OUT),--out "$(OUT)")

# ------------------------------------------------------------------------- for the maintainer

stubs: $(READY)
	@$(GRADER) stubs

check-stubs: $(READY)
	@$(GRADER) stubs --check

lint: $(READY_DEV)
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy

# Three at a time, also on two cores: some tests wait for a browser or a limit.
test: $(READY_DEV)
	@$(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(TEST_OPTIONS)

# The oldest NumPy that is promised: no right answer fails there either.
.venv-numpy1/.ready: pyproject.toml
	@echo "setting up .venv-numpy1 with NumPy 1.26 (once)" >&2
	$(call venv,.venv-numpy1)
	$(call install,.venv-numpy1/bin/python,numpy==1.26.*)
	$(call install,.venv-numpy1/bin/python,.)
	@touch $@

test-numpy1: .venv-numpy1/.ready
	@.venv-numpy1/bin/python -m pytest -o addopts= -q -p no:cacheprovider tests/judging/test_alternatives.py -k "whatever or sixty"

mistakes: $(READY)
	@$(GRADER) mistakes

suspects: $(READY)
	@$(GRADER) suspects

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

# </teacher>
clean:
	@rm -rf .venv
# <teacher>
	@rm -rf .venv-golden .venv-numpy1
# </teacher>
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
