"""The command about notifications: `python -m trainer notify [--test | --add | run]`."""

import argparse
import os
import sys
import threading
from typing import Any

from .errors import visible
from .model_commands import AddCommand
from .notifying.process import NotifyProcess
from .notifying.sending import TEST_TEXT, TITLE, check_address, send
from .numbers import count
from .program import PROGRAM
from .run_files.files import now_text
from .run_files.notifications import SentRow, append_sent, sent_reader
from .run_files.notify_settings import read_notify_settings, with_addresses, write_notify_settings
from .run_files.opening import real
from .signals import handle_end_signals

SHOWN = 10  # rows of the log
NICE = 10  # training comes first


def add_notify_command(command: AddCommand, shared: Any) -> None:
    """Add the command.

    Args:
        command: adds one.
        shared: the parent of those that are not about one run.
    """
    parser = command("notify", _show, "Where notifications go, of what, and what was sent last.", shared)
    parser.add_argument("--test", action="store_true", help="send a test to every address")
    adding = "add addresses of Apprise, one a line, from standard input: no list of processes shows them"
    parser.add_argument("--add", action="store_true", help=adding)
    actions = parser.add_subparsers(metavar="ACTION")
    summary = "Send what happens in the runs of a folder until none is trained; trainers start this process by themselves."
    process = actions.add_parser("run", help=summary, description=summary, parents=[shared])
    process.set_defaults(command=_run)


def _show(options: argparse.Namespace) -> int:
    runs_dir = real(options.runs_dir)
    if options.add:
        _add(options)
    settings = read_notify_settings(runs_dir)
    if options.test:
        return _test(options)
    if not settings.addresses:
        print(f"no notifications are sent; add an address with: {PROGRAM} notify --add")
        return 0
    for address in settings.addresses:
        print(f"to {visible(address.mark)} since {address.since}")
    print("of " + ", ".join(event.replace("_", " ") for event in settings.events))
    for row in sent_reader(runs_dir).refresh()[-SHOWN:]:
        print(f"{row.at} {visible(row.run or 'test')} {visible(row.to)}: {visible(row.problem or 'sent')}")
    return 0


def _add(options: argparse.Namespace) -> None:
    runs_dir = real(options.runs_dir)
    urls = [line.strip() for line in sys.stdin if line.strip()]
    for number, url in enumerate(urls, start=1):
        check_address(url, number)
    write_notify_settings(runs_dir, with_addresses(read_notify_settings(runs_dir), urls))


def _test(options: argparse.Namespace) -> int:
    runs_dir = real(options.runs_dir)
    addresses = read_notify_settings(runs_dir).addresses
    failed = 0
    for address in addresses:
        problem = send(address.url, TITLE, TEST_TEXT)
        failed += problem is not None
        append_sent(runs_dir, SentRow("", ["test"], TEST_TEXT, address.mark, problem))
        print(f"{visible(address.mark)}: {visible(problem or 'sent')}", flush=True)
    if not addresses:
        print(f"there is no address to test; add one with: {PROGRAM} notify --add", file=sys.stderr)
    elif failed:
        print(f"error: {count(failed, 'address', 'addresses')} did not take the test.", file=sys.stderr)
    return 1 if failed or not addresses else 0


def _run(options: argparse.Namespace) -> int:
    if hasattr(os, "nice"):
        os.nice(NICE)
    stop = threading.Event()
    handle_end_signals(lambda _: stop.set())
    NotifyProcess(real(options.runs_dir), say=_say).until_done(stop)
    return 0


def _say(sentence: str) -> None:
    print(f"{now_text()} {visible(sentence)}", flush=True)
