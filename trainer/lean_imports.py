"""What processes of the command line leave out of the libraries that they import: 0.3 of a trainer's 1.8 seconds of start.

| library | leaves out | which is for |
|---|---|---|
| torch | `torch._meta_registrations` | tracing by its compiler: how three thousand operations change shapes |
| stable-baselines3 | `torch.utils.tensorboard` | `tensorboard_log`, which no run here has: its rows are in its own logs |

Nothing is missing later: whoever imports such a module afterwards, or torch's compiler, gets the real one.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

TRACING = "torch._meta_registrations"
LEFT_OUT = {"torch": TRACING, "stable_baselines3": "torch.utils.tensorboard"}
TRACERS = {"torch._dynamo", "torch._inductor", "torch.utils._content_store"}  # they expect that it is loaded


def leave_out() -> None:
    """From now on, in this process; a library that is imported already stays as it is."""
    sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find one of the libraries, to be loaded without its part."""
        if fullname in TRACERS:
            importlib.import_module(TRACING)
        spec = PathFinder.find_spec(fullname, path, target) if fullname in LEFT_OUT else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _LeanLoader(spec.loader.name, spec.loader.path)
        return spec


class _LeanLoader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        """Load the library while an empty module stands where its part would be."""
        part = LEFT_OUT[module.__name__]
        if part in sys.modules:
            super().exec_module(module)
            return
        package, _, name = part.rpartition(".")
        sys.modules[part] = ModuleType(part)
        try:
            super().exec_module(module)
        finally:
            del sys.modules[part]
            vars(sys.modules.get(package, module)).pop(name, None)
