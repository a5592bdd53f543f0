"""Every benchmark that takes seconds, one after the other: `python -m tests.benchmarks [--json FOLDER]`."""

import argparse
from pathlib import Path

from tests.benchmarks import engine, env, first_look, page_refresh

QUICK = {"engine": engine.main, "env": env.main, "page_refresh": page_refresh.main, "first_look": first_look.main}


def main(arguments: list[str] | None = None) -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FOLDER", help="also write each benchmark's figures to a file in this folder")
    options = parser.parse_args(arguments)
    for name, benchmark in QUICK.items():
        if options.json is None:
            benchmark([])
        else:
            options.json.mkdir(parents=True, exist_ok=True)
            benchmark(["--json", str(options.json / f"{name}.json")])
        print()


if __name__ == "__main__":
    main()
