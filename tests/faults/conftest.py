"""The app's folder of runs, as in the tests of the pages."""

from tests.pages.conftest import app, runs_dir

__all__ = ["app", "runs_dir"]
