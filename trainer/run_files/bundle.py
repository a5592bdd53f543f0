"""A bundle: one `.zip` with a model and everything that is known about it, to take anywhere.

| file | holds |
|---|---|
| `bundle.json` | the run and the name that the model had there, when the bundle was made, the SHA-256 of every other file |
| `README.md` | what it is, how good, and how to play it |
| `model.zip`, `metadata.json` | as in `best/` |
| `config.json` | of its run |
| `evaluation.json` | the report on it: games of set B, with the interval of the mean |
| `weights.npz`, `play.py` | the weights as plain arrays, and a player with its game that needs NumPy alone |
| `model.onnx` | the network: `features` (positions, 34, 11) to `values` (positions, 34) |
| `requirements.txt` | the versions it was made with |

All files lie at the top, and there are no others: what is not a bundle is refused before anything of it is unpacked. The hashes tell a
damaged bundle from a whole one; they do not tell who made it.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import FormatError, reason, shown
from .archives import UNREADABLE, read_member
from .fields import from_fields
from .files import document_bytes, now_text, parse_document, sha256
from .limits import MAX_BUNDLE_BYTES
from .opening import read_bytes, real

MANIFEST_FILE = "bundle.json"
README_FILE, EVALUATION_FILE, REQUIREMENTS_FILE = "README.md", "evaluation.json", "requirements.txt"
WEIGHTS_FILE, PLAYER_FILE, ONNX_FILE = "weights.npz", "play.py", "model.onnx"
BUNDLE_FILES = (
    README_FILE, "model.zip", "metadata.json", "config.json", EVALUATION_FILE, WEIGHTS_FILE, PLAYER_FILE, ONNX_FILE, REQUIREMENTS_FILE,
)  # fmt: skip
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
        contents: every file of `BUNDLE_FILES`.
    """
    manifest = Manifest(run, model, {name: sha256(contents[name]) for name in BUNDLE_FILES})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {MANIFEST_FILE: document_bytes(asdict(manifest)), **{name: contents[name] for name in BUNDLE_FILES}}.items():
            entry = zipfile.ZipInfo(name, FIRST_DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


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
    wrong = [name for name in BUNDLE_FILES if sha256(files[name]) != manifest.sha256.get(name)]
    if wrong:
        raise FormatError(f"The bundle is damaged: {', '.join(wrong)} is not the file that {MANIFEST_FILE} names. Download it again.")
    return Bundle(manifest, files)


def _read(archive: zipfile.ZipFile) -> tuple[Manifest, dict[str, bytes]]:
    """Every file, if the names and sizes are those of a bundle; of a newer one only what tells its version."""
    names = [entry.filename for entry in archive.infolist()]
    if MANIFEST_FILE not in names:
        raise FormatError(f"A bundle of Control Room must hold {MANIFEST_FILE}; this .zip file does not.")
    size = sum(entry.file_size for entry in archive.infolist())
    if size > MAX_BUNDLE_BYTES:
        raise FormatError(f"A bundle must unpack to less than {MAX_BUNDLE_BYTES:,} bytes; this one would take {size:,}.")
    manifest = _manifest(parse_document(read_member(archive, archive.getinfo(MANIFEST_FILE)), MANIFEST_FILE))
    if missing := sorted(set(BUNDLE_FILES) - set(names)):
        raise FormatError(f"The bundle is damaged: it must hold {', '.join(missing)}. Download it again.")
    if strangers := sorted((Counter(names) - Counter([MANIFEST_FILE, *BUNDLE_FILES])).elements()):
        raise FormatError(f"A bundle must hold each of its files once and nothing else; got {shown(strangers[0])}.")
    return manifest, {name: read_member(archive, archive.getinfo(name)) for name in BUNDLE_FILES}


def _manifest(document: dict[str, Any]) -> Manifest:
    try:
        return from_fields(Manifest, document)
    except FormatError as error:
        raise FormatError(f"{MANIFEST_FILE} is damaged: {error}.") from None
