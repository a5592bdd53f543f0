"""YAML of strangers: plain data, whatever its tags ask for."""

from pathlib import Path

import pytest

from trainer.errors import FormatError
from trainer.importing.plain_yaml import read_settings


def written(path: Path, text: str) -> Path:
    """A file of settings."""
    path.write_text(text)
    return path


def test_tags_of_python_make_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    text = f"""
a: !!python/object/apply:os.system ["touch {marker}"]
b: !!python/name:os.system ''
c: !!python/tuple [1, 2]
d: !!python/object:collections.OrderedDict {{x: 1}}
e: !own text
"""
    read = read_settings(written(tmp_path / "config.yml", text))

    assert read == {"a": [f"touch {marker}"], "b": "", "c": [1, 2], "d": {"x": 1}, "e": "text"}
    assert not marker.exists()


def test_an_ordered_dictionary_is_a_mapping(tmp_path: Path) -> None:
    text = "!!python/object/apply:collections.OrderedDict\n- - - gamma\n    - 0.98\n  - - policy\n    - MlpPolicy\n"
    assert read_settings(written(tmp_path / "config.yml", text)) == {"gamma": 0.98, "policy": "MlpPolicy"}


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: *x\n", "[" * 5_000, "- 1\n", "", "a: [", "? [1]\n: 2\n", "\0", "a: " + "x" * 1_000_001, "2001-99-99: 1"],
    ids=["alias", "deep", "list", "empty", "open", "key", "binary", "large", "date"],
)
def test_anything_else_is_one_sentence(text: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"^config\.yml must hold settings "):
        read_settings(written(tmp_path / "config.yml", text))
