# The two commands are `make demo` and `make test`; everything they need is set up on the way.

PYTEST = PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 .venv/bin/python -m pytest -p xdist.plugin -p _hypothesis_pytestplugin -n 3 --dist loadscope --no-loadscope-reorder
NODE = scripts/bootstrap node || echo "What the tests need of npm cannot be had here; they say what they leave out." >&2

.PHONY: demo run test test-long bench bench-full soak check screenshots lock

demo:         ## set up, start, push the sample company over HTTP, print the links
	@scripts/bootstrap run
	@.venv/bin/lanyard demo

run:          ## the same without the sample
	@scripts/bootstrap run
	@.venv/bin/lanyard demo --no-sample

test: check   ## everything, on both databases and in a real browser
	@scripts/bootstrap judges
	@$(NODE)
	$(PYTEST)

test-long: check
	@scripts/bootstrap judges
	@$(NODE)
	HYPOTHESIS_PROFILE=long $(PYTEST)

check:        ## lint, types, import contract
	@scripts/bootstrap dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench:        ## in minutes: what requests, a first cycle, template edits and photos cost, on both databases, next to floors
	@scripts/bootstrap dev
	.venv/bin/python -m bench.request_costs
	.venv/bin/python -m bench.first_cycle
	.venv/bin/python -m bench.large_bindings --people 5000
	.venv/bin/python -m bench.photos

bench-full:   ## the same, a first cycle and every list of the console with 100,000 people
	@scripts/bootstrap dev
	.venv/bin/python -m bench.request_costs --people 1000 --people 100000 --requests 200
	.venv/bin/python -m bench.first_cycle --people 100000 --groups 300 --database postgresql
	.venv/bin/python -m bench.large_bindings
	.venv/bin/python -m bench.people_list
	.venv/bin/python -m bench.console_pages --pushes 300000

soak:         ## a steady day of SOAK_MINUTES (30) on both databases, then everything is killed again and again
	@scripts/bootstrap dev
	.venv/bin/python -m bench.soak
	HYPOTHESIS_PROFILE=long $(PYTEST) tests/storms/test_kill_storm.py tests/nodes/test_balancer.py

screenshots:  ## pictures of the main pages into docs/pictures
	@scripts/bootstrap dev
	.venv/bin/python -m tests.support.screenshots docs/pictures

lock:         ## bring the locks up to date with what they lock; needs uv
	uv pip compile pyproject.toml --extra postgres --extra s3 --universal --generate-hashes --no-header -o requirements.lock
	uv pip compile pyproject.toml --all-extras -c requirements.lock --universal --generate-hashes --no-header -o requirements-dev.lock
	uv pip compile requirements-judges.in --python-version 3.11 --universal --generate-hashes --no-header -o requirements-judges.lock
