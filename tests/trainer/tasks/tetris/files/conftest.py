"""An empty run directory."""

from tests.trainer.run_files.conftest import run

__all__ = ["run"]
