"""How fast things are, measured. `make bench` measures everything; one part: `python -m tests.benchmarks.engine` and so on."""
