"""`.notifying/sent.jsonl` and `told.json`: what was sent, and what each address knows."""

from pathlib import Path

from trainer.run_files.notifications import SENT_FILE, TOLD_FILE, SentRow, Told, append_sent, read_told, sent_reader, write_told
from trainer.run_files.notify_settings import notifying_folder

AT = "2026-11-23T15:04:05.123Z"
ROW = SentRow("20261123-150405-x", ["new_best", "finished"], "x: 3 new bests and finished.", "slack://… (3f9a)", None, 1, AT)
REFUSED = SentRow("", ["test"], "This is a test.", "json://… (77aa)", "A Connection error occurred.", 2, AT)
GOLDEN = """\
{"run":"20261123-150405-x","events":["new_best","finished"],"text":"x: 3 new bests and finished.","to":"slack://… (3f9a)","problem":null,\
"tries":1,"at":"2026-11-23T15:04:05.123Z"}
{"run":"","events":["test"],"text":"This is a test.","to":"json://… (77aa)","problem":"A Connection error occurred.","tries":2,\
"at":"2026-11-23T15:04:05.123Z"}
""".encode()
TOLD = {"77aa": {"20261123-150405-x": Told(3, "finished 12 34 host", {"plateau": 4_000}, 0, AT)}}
GOLDEN_TOLD = b"""{
  "version": 4,
  "addresses": {
    "77aa": {
      "20261123-150405-x": {
        "bests": 3,
        "end": "finished 12 34 host",
        "alarms": {
          "plateau": 4000
        },
        "tries": 0,
        "sent_at": "2026-11-23T15:04:05.123Z"
      }
    }
  }
}
"""


def test_the_log_of_notifications_is_as_documented(tmp_path: Path) -> None:
    folder = notifying_folder(tmp_path)
    folder.mkdir()
    append_sent(tmp_path, ROW)
    append_sent(tmp_path, REFUSED)
    assert (folder / SENT_FILE).read_bytes() == GOLDEN
    assert sent_reader(tmp_path).refresh() == [ROW, REFUSED]
    with (folder / SENT_FILE).open("ab") as log:
        log.write(b'nonsense\n{"run": 7}\n')
    reader = sent_reader(tmp_path)
    assert (reader.refresh(), reader.bad_lines) == ([ROW, REFUSED], 2)


def test_what_was_told_is_as_documented_and_forgotten_with_its_address(tmp_path: Path) -> None:
    folder = notifying_folder(tmp_path)
    folder.mkdir()
    assert read_told(tmp_path) == {}
    write_told(tmp_path, TOLD | {"gone": {"x": Told()}}, ["77aa"])
    assert (folder / TOLD_FILE).read_bytes() == GOLDEN_TOLD
    assert read_told(tmp_path) == TOLD
    for damaged in (b"{", b'{"version": 4, "addresses": []}', b'{"version": 4, "addresses": {"a": {"r": {"alarms": {"x": "y"}}}}}'):
        (folder / TOLD_FILE).write_bytes(damaged)
        assert read_told(tmp_path) == {}
