"""A bundle is taken whole or not at all, and a stranger's file costs one sentence."""

import io
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from trainer.errors import FormatError
from trainer.run_files import bundle as format_of_bundles
from trainer.run_files.bundle import MANIFEST_FILE, pack_bundle, read_bundle, unpack_bundle

RUN = "20260102-030405-story"
GOLDEN_NAMES = [
    "bundle.json", "README.md", "model.zip", "metadata.json", "config.json", "evaluation.json", "weights.npz", "play.py", "model.onnx",
    "requirements.txt",
]  # fmt: skip
CONTENTS = {name: name.encode() for name in GOLDEN_NAMES[1:]}
GOLDEN_MANIFEST = b"""{
  "version": 4,
  "run": "20260102-030405-story",
  "model": "best",
  "sha256": {
    "README.md": "b335630551682c19a781afebcf4d07bf978fb1f8ac04c6bf87428ed5106870f5",
    "model.zip": "f93993953d0294a4029cb903b401de0ef7478367f8a60008127e299c4dee9bb1",
    "metadata.json": "12e598daecade60b04e493f45c134fec9287ac7471114d95d1995b4fb651a6c8",
    "config.json": "587cb980af76fdc7e52369fd0b9d926dff266976b6f8ac631e358fecc49ff8cf",
    "evaluation.json": "98a3be4ff76d69b545553fa9a71eda5f78d586f7cfaf182cf730773396fc193b",
    "weights.npz": "cda746106541e278cdbfecc2ca13ac5eb7674cbaf764d859acaf4d49109d7121",
    "play.py": "82937a9f6d808a4d3f896cd8b30e02a65097655fd542f56bf3af3d9ba44c61ea",
    "model.onnx": "d7c4b743081e6ccdf263598ab3a94f5df38c9f2aec014973c0806819d7762f26",
    "requirements.txt": "4d7c51b1efe9043e44439a949dfd92e5827321b34082903477fd04876edb7552"
  },
  "made_at": "2026-11-23T15:04:05.123Z"
}
"""


def packed(contents: Mapping[str, bytes]) -> bytes:
    """Any files as a .zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return target.getvalue()


def unpacked(bundle: bytes) -> dict[str, bytes]:
    """The files of a .zip."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_bundle_holds_what_is_documented_and_is_read_as_it_was_made(tmp_path: Path) -> None:
    content = pack_bundle(RUN, "best", CONTENTS)
    (tmp_path / "bundle.zip").write_bytes(content)

    files = unpacked(content)
    bundle = read_bundle(tmp_path / "bundle.zip")

    assert list(files) == GOLDEN_NAMES
    assert files.pop(MANIFEST_FILE).replace(bundle.manifest.made_at.encode(), b"2026-11-23T15:04:05.123Z") == GOLDEN_MANIFEST
    assert files == bundle.contents == CONTENTS


def test_a_bundle_of_a_newer_version_is_refused_by_its_version_whatever_else_it_holds() -> None:
    with pytest.raises(FormatError, match=r"bundle\.json must be of format version 4; got '5'\. Update Control Room to read it\."):
        unpack_bundle(packed({MANIFEST_FILE: b'{"version": 5, "files": 5}', "weights.safetensors": b"new"}))


def test_a_damaged_bundle_is_refused_and_the_damaged_file_named() -> None:
    files = unpacked(pack_bundle(RUN, "best", CONTENTS))
    with pytest.raises(FormatError, match=r"weights\.npz is not the file that bundle\.json names\. Download it again\."):
        unpack_bundle(packed(files | {"weights.npz": b"other"}))
    with pytest.raises(FormatError, match=r"must hold model\.onnx, play\.py\. Download it again"):
        unpack_bundle(packed({name: content for name, content in files.items() if name not in ("play.py", "model.onnx")}))
    with pytest.raises(FormatError, match=r"bundle\.json is damaged: run must be text; got '5'"):
        unpack_bundle(packed(files | {MANIFEST_FILE: orjson.dumps({"version": 4, "run": 5, "model": "best", "sha256": {}})}))


def test_a_task_adds_files_of_its_own_and_none_that_lead_elsewhere() -> None:
    assert unpack_bundle(pack_bundle(RUN, "best", CONTENTS | {"replay.json": b"{}"})).contents["replay.json"] == b"{}"
    for name in ("../../evil.py", "/etc/passwd", "C:\\evil.py", "folder/model.zip", ".hidden", "x" * 101, "a\nb"):
        with pytest.raises(FormatError, match="must hold each of its files once and nothing else; got "):
            unpack_bundle(pack_bundle(RUN, "best", CONTENTS | {name: b"evil"}))
    with pytest.raises(FormatError, match=r"at most 50 files; bundle\.json names 69"):
        unpack_bundle(pack_bundle(RUN, "best", CONTENTS | {f"{number}.bin": b"" for number in range(60)}))
    with pytest.raises(FormatError, match=r"it must hold config\.json\. Download it again"):
        unpack_bundle(pack_bundle(RUN, "best", {name: content for name, content in CONTENTS.items() if name != "config.json"}))


def test_a_bundle_cut_at_any_byte_is_refused() -> None:
    content = pack_bundle(RUN, "best", CONTENTS)
    for length in range(0, len(content), 7):
        with pytest.raises(FormatError, match="A bundle"):
            unpack_bundle(content[:length])


def test_what_is_no_bundle_is_refused() -> None:
    for content in (b"", b"not a zip", b"PK\x03\x04" + b"\0" * 100):
        with pytest.raises(FormatError, match=r"must be a whole \.zip file; this one cannot be unpacked"):
            unpack_bundle(content)
    with pytest.raises(FormatError, match=r"A bundle of Control Room must hold bundle\.json; this \.zip file does not\."):
        unpack_bundle(packed({"data": b"{}", "policy.pth": b"weights"}))  # a model of stable-baselines3 alone


@pytest.mark.parametrize("name", ["../../evil.py", "/etc/passwd", "C:\\evil.py", "folder/model.zip"])
def test_a_bundle_with_a_strange_name_in_it_is_refused(name: str) -> None:
    files = unpacked(pack_bundle(RUN, "best", CONTENTS))
    with pytest.raises(FormatError, match="must hold each of its files once and nothing else; got "):
        unpack_bundle(packed(files | {name: b"evil"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bundle_with_one_file_twice_is_refused() -> None:
    content = io.BytesIO(pack_bundle(RUN, "best", CONTENTS))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("play.py", b"evil")
    with pytest.raises(FormatError, match=r"once and nothing else; got 'play\.py'"):
        unpack_bundle(content.getvalue())


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = pack_bundle(RUN, "best", CONTENTS)
    bomb = packed(unpacked(honest) | {"weights.npz": b"\0" * 1_000_000})
    assert len(bomb) < 10_000
    monkeypatch.setattr(format_of_bundles, "MAX_BUNDLE_BYTES", 100_000)
    with pytest.raises(FormatError, match=r"must unpack to less than 100,000 bytes; this one would take 1,00\d,\d+\."):
        unpack_bundle(bomb)
    with pytest.raises(FormatError, match="must be smaller than 100,000 bytes"):
        unpack_bundle(honest + b"\0" * 100_000)


def test_a_zip_bomb_that_lies_about_its_size_is_cut_off() -> None:
    bomb = packed(unpacked(pack_bundle(RUN, "best", CONTENTS)) | {"weights.npz": b"\0" * 5_000_000})
    size = struct.pack("<I", 5_000_000)
    assert bomb.count(size) == 2
    with pytest.raises(FormatError, match=r"cannot be unpacked \(Bad CRC-32"):
        unpack_bundle(bomb.replace(size, struct.pack("<I", 5)))


def test_an_encrypted_bundle_is_refused() -> None:
    content = bytearray(pack_bundle(RUN, "best", CONTENTS))
    for found in re.finditer(rb"PK\x01\x02", bytes(content)):
        content[found.start() + 8] |= 1
    with pytest.raises(FormatError, match="cannot be unpacked"):
        unpack_bundle(bytes(content))


def test_a_bundle_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"gone\.zip cannot be read \(No such file or directory\)"):
        read_bundle(tmp_path / "gone.zip")
