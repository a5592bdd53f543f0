"""How the package is built: `trainer/` becomes `control_room`, and the app becomes `control_room.app`.

In a checkout the app imports `trainer` and `pages`. People have files of these names beside their scripts, so in the package every
import names the package instead: plain modules, written once when it is built. What is trained needs nothing of this, because inside
`trainer/` imports are relative.
"""

import ast
import shutil
from pathlib import Path
from typing import Final

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

PACKAGE: Final = "control_room"
APP: Final = f"{PACKAGE}.app"
NAMES: Final = {"trainer": PACKAGE, "pages": f"{APP}.pages"}
"""What the app imports in a checkout, and what that is called in the package."""
APP_FILES: Final = ("streamlit_app.py", "pages", ".streamlit/config.toml")


def renamed(source: str) -> str:
    """A module of the app with the imports of the package.

    Args:
        source: a module that names what it takes from `trainer` and `pages`: `from trainer.x import y`.

    Raises:
        ValueError: it imports such a module as a whole, so that its name would be all over the module.
    """
    lines = source.encode().splitlines(keepends=True)  # places are counted in bytes
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in sorted(imports, key=lambda node: node.col_offset, reverse=True):  # what comes later in a line does not move the rest
        module = (node.module if isinstance(node, ast.ImportFrom) and not node.level else None) or ""
        root = module.split(".")[0]
        if root in NAMES:
            line = lines[node.lineno - 1]
            before, after = line[: node.col_offset], line[node.col_offset :]
            lines[node.lineno - 1] = before + after.replace(root.encode(), NAMES[root].encode(), 1)
        elif isinstance(node, ast.Import) and any(one.name.split(".")[0] in NAMES for one in node.names):
            raise ValueError(f"line {node.lineno} must take names from the module: {ast.unparse(node)}")
    return b"".join(lines).decode()


class BuildWithApp(build_py):  # type: ignore[misc]  # published without types
    """Builds the trainer as setuptools does, and the app beside it; an editable installation has the app in its checkout."""

    def run(self) -> None:
        """Write the package into `build_lib`."""
        if self.editable_mode:
            super().run()
            return
        folder = Path(self.build_lib, PACKAGE)
        shutil.rmtree(folder, ignore_errors=True)  # what an earlier build has left there would go into the wheel
        super().run()
        copy_app(Path(__file__).resolve().parent, folder / "app")


def copy_app(checkout: Path, folder: Path) -> None:
    """Copy what Streamlit runs, and what it reads, with the imports of the package."""
    for name in APP_FILES:
        found = checkout / name
        for path in sorted(found.rglob("*")) if found.is_dir() else [found]:
            if path.is_dir() or path.suffix == ".pyc":
                continue
            copy = folder / path.relative_to(checkout)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".py":
                copy.write_text(renamed(path.read_text(encoding="utf-8")), encoding="utf-8")
            else:
                shutil.copyfile(path, copy)
    (folder / "__init__.py").write_text('"""The app: pages that Streamlit runs, started by `control-room app`."""\n', encoding="utf-8")


if __name__ == "__main__":
    setup(
        packages=[PACKAGE, *(f"{PACKAGE}.{name}" for name in find_packages("trainer"))],
        package_dir={PACKAGE: "trainer"},
        package_data={PACKAGE: ["py.typed"]},
        cmdclass={"build_py": BuildWithApp},
    )
