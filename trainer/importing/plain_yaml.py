"""YAML of strangers as plain lists, mappings and values: whatever Python object a tag names is never made.

RL Baselines3 Zoo writes its settings as `!!python/object/apply:collections.OrderedDict` with a list of
pairs. Tags of that kind are read as the plain data that they stand on.
"""

from pathlib import Path
from typing import Any

import yaml

from ..errors import FormatError, reason
from ..run_files.limits import MAX_DOCUMENT_BYTES
from ..run_files.opening import read_whole


class _PlainLoader(yaml.SafeLoader):
    """Knows no objects; and no repeated parts, by which a few lines could stand for millions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """A part of the document, unless it stands for another one."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("it refers to parts of itself")
        return super().compose_node(parent, index)


def _plain(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]  # the third kind that there is


_PlainLoader.add_multi_constructor("!", _plain)
_PlainLoader.add_multi_constructor("tag:yaml.org,2002:python/", _plain)


def read_settings(path: Path) -> dict[str, Any]:
    """The settings in a file of YAML: a mapping, or an ordered one as the Zoo writes it.

    Raises:
        FormatError: it cannot be read, or holds something else.
    """
    try:
        document = yaml.load(read_whole(path, MAX_DOCUMENT_BYTES), _PlainLoader)  # noqa: S506 - a safe loader that knows even less
    except (OSError, yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise FormatError(f"{path.name} must hold settings as YAML; it cannot be read ({reason(error)}).") from None
    settings = _mapping(document)
    if settings is None:
        raise FormatError(f"{path.name} must hold settings by name; it holds {type(document).__name__}.")
    return settings


def _mapping(document: Any) -> dict[str, Any] | None:
    if isinstance(document, list) and len(document) == 1 and isinstance(document[0], list):  # what the ordered one is made of
        pairs = document[0]
        if all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
            return dict(pairs)
    return {str(name): value for name, value in document.items()} if isinstance(document, dict) else None
