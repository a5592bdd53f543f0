"""A bundle: one `.zip` with a model and everything that is known about it, to take anywhere.

| file | holds |
|---|---|
| `bundle.json` | the run and the name that the model had there, when the bundle was made, the SHA-256 of every other file |
| `README.md` | what it is, how good, and how to play it |
| `model.zip`, `metadata.json` | as in `best/` |
| `config.json` | of its run |
| `evaluation.json` | the report on it: episodes that did not choose it |
| `requirements.txt` | the versions it was made with |
| any other | what the task of the model adds |

All files lie at the top, and there is none that `bundle.json` does not name: what is not a bundle is refused before anything of it is
unpacked. The hashes tell a damaged bundle from a whole one; they do not tell who made it.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import FormatError, reason, shown
from .archives import UNREADABLE, read_member
from .config_file import parse_config
from .fields import from_fields
from .files import document_bytes, now_text, parse_document, sha256
from .limits import MAX_BUNDLE_BYTES, MAX_DOCUMENT_BYTES
from .models import METADATA_FILE, MODEL_FILE
from .opening import read_bytes, read_whole, real
from .slots import StoredModel

MANIFEST_FILE = "bundle.json"
README_FILE, EVALUATION_FILE, REQUIREMENTS_FILE = "README.md", "evaluation.json", "requirements.txt"
CONFIG_FILE = "config.json"
REQUIRED_FILES = (README_FILE, MODEL_FILE, METADATA_FILE, CONFIG_FILE, EVALUATION_FILE, REQUIREMENTS_FILE)
MAX_FILES = 50
MAX_NAMED = 5  # in one sentence
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # no folder, nowhere else
FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the same files give the same bundle, whenever it is made


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of `bundle.json`."""

    run: str
    """The id of the run that the model is from."""
    model: str
    """What it was there: `best`, or the name of its slot."""
    sha256: dict[str, str]
    """Of every other file, by name."""
    made_at: str = field(default_factory=now_text)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A whole bundle: its files by name, but for the manifest."""

    manifest: Manifest
    contents: dict[str, bytes]


def pack_bundle(run: str, model: str, contents: Mapping[str, bytes]) -> bytes:
    """A bundle as bytes.

    Args:
        run: the id of the run.
        model: `best` or the name of the slot.
        contents: its files by name, those of `REQUIRED_FILES` among them.
    """
    manifest = Manifest(run, model, {name: sha256(content) for name, content in contents.items()})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {MANIFEST_FILE: document_bytes(asdict(manifest)), **contents}.items():
            entry = zipfile.ZipInfo(name, FIRST_DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def requirements(packages: Sequence[str]) -> bytes:
    """The content of `requirements.txt`.

    Args:
        packages: those that are installed here, with their extras: `gymnasium[box2d]`.
    """
    from importlib.metadata import version  # noqa: PLC0415 - only who makes a bundle asks

    return "".join(f"{name}=={version(name.split('[')[0]).split('+')[0]}\n" for name in packages).encode()


def config_for(model: StoredModel) -> bytes:
    """The content of `config.json`: that of the model's run. A model that was copied to another run keeps its own settings.

    Raises:
        FormatError: the run's own cannot be read.
    """
    metadata = model.metadata
    try:
        content = read_whole(model.run.config, MAX_DOCUMENT_BYTES)
    except OSError as error:
        raise FormatError(f"config.json of {model.run.run_id} cannot be read ({reason(error)}); is the run still there?") from None
    config = parse_config(content)
    if config.task == metadata.task and metadata.settings.items() <= config.settings.items():
        return content
    settings = (config.settings if config.task == metadata.task else {}) | metadata.settings
    return document_bytes(asdict(replace(config, task=metadata.task, seed=metadata.seed, settings=settings)))


def read_bundle(path: Path) -> Bundle:
    """The bundle in a file; see `unpack_bundle`."""
    try:
        content = read_bytes(real(path), MAX_BUNDLE_BYTES)
    except OSError as error:
        raise FormatError(f"{path.name} cannot be read ({reason(error)}).") from None
    return unpack_bundle(content)


def unpack_bundle(content: bytes) -> Bundle:
    """The bundle in some bytes: whole, of a known version, and every file the one that its manifest names. Nothing is written.

    Raises:
        FormatError: it is not such a bundle; the text says what is wrong.
    """
    if len(content) > MAX_BUNDLE_BYTES:
        raise FormatError(f"A bundle must be smaller than {MAX_BUNDLE_BYTES:,} bytes; this file is not.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            manifest, files = _read(archive)
    except UNREADABLE as error:
        raise FormatError(f"A bundle must be a whole .zip file; this one cannot be unpacked ({reason(error)}).") from None
    wrong = [name for name, content in files.items() if sha256(content) != manifest.sha256[name]]
    if wrong:
        raise FormatError(f"The bundle is damaged: {', '.join(wrong)} is not the file that {MANIFEST_FILE} names. Download it again.")
    return Bundle(manifest, files)


def task_of(bundle: Bundle) -> str:
    """What the model of a bundle was trained on.

    Raises:
        FormatError: its `config.json` is damaged.
    """
    try:
        return parse_config(bundle.contents[CONFIG_FILE]).task
    except FormatError as error:
        raise FormatError(f"The bundle cannot be imported: {error}") from None


def _read(archive: zipfile.ZipFile) -> tuple[Manifest, dict[str, bytes]]:
    """Every file, if the names and sizes are those of a bundle; of a newer one only what tells its version."""
    names = [entry.filename for entry in archive.infolist()]
    if MANIFEST_FILE not in names:
        raise FormatError(f"A bundle of Control Room must hold {MANIFEST_FILE}; this .zip file does not.")
    size = sum(entry.file_size for entry in archive.infolist())
    if size > MAX_BUNDLE_BYTES:
        raise FormatError(f"A bundle must unpack to less than {MAX_BUNDLE_BYTES:,} bytes; this one would take {size:,}.")
    manifest = _manifest(parse_document(read_member(archive, archive.getinfo(MANIFEST_FILE)), MANIFEST_FILE))
    if missing := sorted({*REQUIRED_FILES, *manifest.sha256} - set(names)):
        raise FormatError(f"The bundle is damaged: it must hold {', '.join(missing[:MAX_NAMED])}. Download it again.")
    if strangers := sorted((Counter(names) - Counter([MANIFEST_FILE, *manifest.sha256])).elements()):
        raise FormatError(f"A bundle must hold each of its files once and nothing else; got {shown(strangers[0])}.")
    return manifest, {name: read_member(archive, archive.getinfo(name)) for name in manifest.sha256}


def _manifest(document: dict[str, Any]) -> Manifest:
    try:
        manifest = from_fields(Manifest, document)
    except FormatError as error:
        raise FormatError(f"{MANIFEST_FILE} is damaged: {error}.") from None
    if len(manifest.sha256) > MAX_FILES:
        raise FormatError(f"A bundle must hold at most {MAX_FILES} files; {MANIFEST_FILE} names {len(manifest.sha256):,}.")
    if strange := [name for name in manifest.sha256 if not FILE_NAME.fullmatch(name)]:
        raise FormatError(f"A bundle must hold each of its files once and nothing else; got {shown(strange[0])}.")
    return manifest
