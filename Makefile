# The two commands a newcomer needs: `make demo` and `make test`. `make help` lists the rest.
#
# STACK=classic|modern  which stack; default: classic where a CPython 3.7 is found, else modern on the newest 3.8 - 3.12
# PYTHON=...            this interpreter rather than the one found on PATH or in pyenv

STACK ?=
PYTHON ?=
OUTPUT ?= demo_output
TESTS ?= tests
PYTEST_ARGS ?=
BENCHMARK_ARGS ?=
SPEED_ARGS ?=
DOCS_OUTPUT ?= docs/_build/html
UPGRADE ?=
UV_VERSION = 0.13.9

export TF_CPP_MIN_LOG_LEVEL ?= 2
export MPLBACKEND ?= Agg
export SDL_VIDEODRIVER ?= dummy
export PYGAME_HIDE_SUPPORT_PROMPT ?= 1
# Another project's modules must not come before the environment's.
unexport PYTHONPATH
unexport PYTHONHOME

# Makes the stack's environment if need be and leaves its interpreter in $$python.
IN_ENVIRONMENT = @python=$$(./tools/stack_python.sh "$(STACK)" "$(PYTHON)") &&

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs benchmark benchmark-speed benchmark-learning benchmark-scaling env check-install lock clean clean-env

help:  ## list the targets
	@echo "make demo and make test are all a newcomer needs. STACK=classic|modern chooses the stack."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-19s %s\n", $$1, $$2}' Makefile

demo:  ## GAIL imitates an expert on CartPole; results go to OUTPUT=demo_output
	$(IN_ENVIRONMENT) "$$python" benchmarks/demo.py --output "$(OUTPUT)"

test:  ## all tests; TESTS=tests/unit for some of them, PYTEST_ARGS for pytest's options
	$(IN_ENVIRONMENT) "$$python" -m pytest $(TESTS) $(PYTEST_ARGS)

lint:  ## ruff: errors, imports, complexity, docstrings
	$(IN_ENVIRONMENT) "$$python" -m ruff check .

docs:  ## the documentation, into docs/_build/html; a warning is an error
	$(IN_ENVIRONMENT) "$$python" -m sphinx -q -W --keep-going -b html -d "$(DOCS_OUTPUT)/../doctrees" docs "$(DOCS_OUTPUT)" \
	    && echo "Documentation is in $(DOCS_OUTPUT)/index.html"

benchmark: benchmark-speed benchmark-learning  ## both of the following

benchmark-speed:  ## speed beside stable-baselines 2.10.2, both stacks (half an hour); SPEED_ARGS for its options
	$(IN_ENVIRONMENT) "$$python" benchmarks/speed.py $(SPEED_ARGS)

benchmark-scaling:  ## what several MPI workers gain (a quarter of an hour)
	$(IN_ENVIRONMENT) "$$python" -m benchmarks.scaling

benchmark-learning:  ## the table of results (a quarter of an hour a stack); BENCHMARK_ARGS for its options
	$(IN_ENVIRONMENT) "$$python" benchmarks/learning.py $(BENCHMARK_ARGS)

env:  ## make or refresh the environment, and print its interpreter
	@./tools/stack_python.sh "$(STACK)" "$(PYTHON)"

check-install:  ## pip install . into a fresh environment by the ranges of setup.py, and try what it gave
	@python=$$(./tools/stack_python.sh --base "$(STACK)" "$(PYTHON)") && ./.ci/check_install.sh "$$python"

lock:  ## write requirements/*.txt anew from setup.py; UPGRADE=1 moves to the newest versions that fit
	@python=$$(./tools/stack_python.sh --base modern "$(PYTHON)") \
	    && ./tools/lock.sh "$$python" "$(UV_VERSION)" $(if $(UPGRADE),--upgrade)

clean:  ## remove everything made here but the environments
	rm -rf build dist *.egg-info docs/_build "$(OUTPUT)" .pytest_cache .ruff_cache .hypothesis
	find stable_baselines tests benchmarks tools docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

clean-env:  ## remove the environments
	rm -rf .venv
