"""Recorded, watched and played games as a browser shows them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pages.ui.replay.player import BLOCK
from pages.ui.tetris.replay.timeline import Timeline
from tests.benchmarks.boards import written
from tests.pages.fake_runs import fill, new_run
from tests.pages.recorded import HEIGHT, evaluation, with_recordings
from tests.resting import resting
from tests.serving import App, SharedApp, emptied, new_context
from tests.waiting import wait_until
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.demos import Demo, moments_reader

PIECES = 3 * BLOCK
CELLS = """(canvas, rows) => {
  const ratio = window.devicePixelRatio || 1;
  const size = canvas.player.size, top = canvas.player.top;
  const context = canvas.getContext("2d");
  return Array.from({ length: rows * 10 }, (_, index) => {
    const x = canvas.player.left + (index % 10 + 0.5) * size, y = top + (Math.floor(index / 10) + 0.5) * size;
    const pixel = context.getImageData(x * ratio, y * ratio, 1, 1).data;
    return pixel[3] === 255 ? "#" + [...pixel].slice(0, 3).map((part) => part.toString(16).padStart(2, "0")).join("").toUpperCase() : "";
  });
}"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run with a recorded evaluation."""
    run = new_run(tmp_path_factory.mktemp("games") / "runs", "Recorded", board_height=HEIGHT)
    fill(run)
    return with_recordings(run, 1_000, max_pieces=PIECES)


@pytest.fixture
def app(run: RunDirectory, shared: SharedApp) -> App:
    """The app on it."""
    return shared.show(run.path.parent)


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """A window; whatever goes wrong in its scripts fails the test."""
    with emptied(window) as page:
        yield page


def shown_game(run: RunDirectory, page: Page, app: App, piece: int) -> Timeline:
    """Open the longest recorded game at a piece."""
    recording = evaluation(1_000, max_pieces=PIECES)
    number = max(range(3), key=lambda one: recording.games[one].pieces)
    page.goto(f"{app.url}/Replay?run={run.run_id}&evaluation=1000&game={number + 1}&piece={piece}")
    expect(page.locator(f".timeline[data-position='{piece}']:not(.waiting)")).to_be_visible()
    return Timeline(recording, number)


def assert_board(page: Page, timeline: Timeline, piece: int) -> None:
    """The board, pixel by pixel, and its counts are those of a piece."""
    frame = timeline.frames(piece, 1)[0]
    timeline_element = page.locator(f".timeline[data-position='{piece}']:not(.waiting)")
    expect(timeline_element).to_be_visible()
    expect(timeline_element.locator(".pieces")).to_have_text(f"{piece:,}")
    expect(timeline_element.locator(".lines")).to_have_text(f"{frame['lines']:,}")
    drawn: list[str] = page.locator("canvas").evaluate(CELLS, HEIGHT)
    colours: dict[str, str] = {}
    for cell, colour in zip(frame["cells"], drawn, strict=True):
        assert (cell != "0") == bool(colour)
        if colour:
            assert colours.setdefault(cell, colour) == colour, "one colour a piece"


@pytest.mark.long
def test_a_link_opens_a_game_at_its_piece_and_scrubbing_shows_the_right_board(run: RunDirectory, page: Page, app: App) -> None:
    timeline = shown_game(run, page, app, BLOCK + 17)
    assert timeline.last > BLOCK + 100, "more than one block"
    assert_board(page, timeline, BLOCK + 17)
    place = page.get_by_label("Piece", exact=True)
    for piece in (5, timeline.last - 3, BLOCK - 1, BLOCK, 2):
        place.fill(str(piece))
        assert_board(page, timeline, piece)
    page.wait_for_function("() => location.search.split('&').includes('piece=2')")


POINT = """(plot, step) => {
  const box = plot.getBoundingClientRect(), { xaxis, yaxis } = plot._fullLayout;
  return [box.left + xaxis._offset + xaxis.d2p(step), box.top + yaxis._offset + yaxis.d2p(20)];
}"""


@pytest.mark.long
def test_a_click_on_an_evaluation_opens_its_games(run: RunDirectory, page: Page, app: App) -> None:
    page.goto(f"{app.url}/?run={run.run_id}")
    chart = page.locator(".js-plotly-plot").nth(1)
    expect(chart.locator(".main-svg").first).to_be_visible()
    page.mouse.click(*resting(page, lambda: chart.evaluate(POINT, 1_000)))
    expect(page.locator(".timeline:not(.waiting)")).to_be_visible()
    page.wait_for_function("() => location.pathname.endsWith('Replay') && location.search.includes('evaluation=1000')")


@pytest.mark.long
def test_the_value_is_in_sight_beside_the_board_and_a_click_on_it_goes_to_its_piece(run: RunDirectory, page: Page, app: App) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    timeline = shown_game(run, page, app, 0)
    plot = page.locator(".curve .plot")
    for part in (plot, page.locator(".timeline canvas"), page.get_by_role("button", name="Biggest drop")):
        expect(part).to_be_in_viewport(ratio=1)
    for share in (0.25, 0.5, 1.0):
        box = plot.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + share * box["width"] - (share == 1.0), box["y"] + 20)
        piece = round(share * timeline.last)
        wait_until(lambda piece=piece: abs(_position(page) - piece) <= 2, 20, "the piece below the mouse")  # type: ignore[misc]
        assert_board(page, timeline, _position(page))
        head = page.locator(".curve .head").bounding_box()
        assert head is not None
        assert abs(head["x"] - box["x"] - box["width"] * _position(page) / timeline.last) < 2, "the mark is where the game is"


@pytest.mark.long
def test_at_a_thousand_pieces_a_second_drawing_is_skipped_and_the_end_is_right(run: RunDirectory, page: Page, app: App) -> None:
    timeline = shown_game(run, page, app, 0)
    root = page.locator(".timeline")
    root.evaluate(WATCH_POSITIONS)
    for _ in range(20):
        page.keyboard.press("+")  # with the keyboard nowhere else
    assert page.locator(".speed").evaluate("(speed) => speed.value") == "1000"
    page.keyboard.press(" ")
    wait_until(lambda: _position(page) == timeline.last, 60, "the end of the game")
    assert_board(page, timeline, timeline.last)
    places: list[int] = page.evaluate("() => window.seen.map(([, place]) => place)")
    assert places == sorted(places)
    assert all(place % 17 == 0 for place in places if place != timeline.last), "no place that was not shown"
    page.keyboard.press("-")
    assert page.locator(".speed").evaluate("(speed) => speed.value") == "500"
    page.get_by_role("button", name="To the start").click()
    assert_board(page, timeline, 0)


def shown_pieces(page: Page) -> int:
    """The count below the first board."""
    return int(page.locator(".board .pieces").first.inner_text().replace(",", ""))


@pytest.mark.long
def test_the_live_board_plays_in_order_stops_and_steps_with_the_keyboard(run: RunDirectory, page: Page, app: App) -> None:
    with written(run):
        page.goto(f"{app.url}/?run={run.run_id}")
        expect(page.locator(".board .pieces").first).not_to_have_text("–")
        page.evaluate(FOLLOW_PIECES)
        wait_until(lambda: page.evaluate("() => window.piecesBeforeTheStop.length") > 30, 60, "thirty boards, one after the other")
        page.locator(".stream").focus()
        page.keyboard.press(" ")
        expect(page.locator(".stream.stopped")).to_be_visible()
        stopped = shown_pieces(page)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        wait_until(lambda: shown_pieces(page) < stopped, 10, "an older board")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert shown_pieces(page) == stopped, "two steps back, two on"
        page.keyboard.press(" ")
        wait_until(lambda: shown_pieces(page) > stopped, 30, "it to go on")
    seen: list[int] = page.evaluate("() => window.piecesBeforeTheStop")
    assert seen == sorted(seen)


FOLLOW_PIECES = """() => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap((element) => element.shadowRoot ? all(element.shadowRoot) : [element]);
  const shown = all(document).find((element) => element.matches(".board .pieces"));
  const boards = all(document).find((element) => element.matches(".stream"));
  window.piecesBeforeTheStop = [];
  new MutationObserver(() => {
    if (!window.wasStopped) window.piecesBeforeTheStop.push(Number(shown.textContent.replaceAll(",", "")));
    window.wasStopped ||= boards.classList.contains("stopped");
  }).observe(shown, { childList: true });
}"""


@pytest.mark.long
def test_who_wants_less_motion_gets_the_newest_board_at_every_refresh_and_nothing_in_between(
    run: RunDirectory, page: Page, app: App
) -> None:
    page.emulate_media(reduced_motion="reduce")
    with written(run):
        page.goto(f"{app.url}/?run={run.run_id}")
        canvas = page.locator("canvas").first
        expect(page.locator(".board .pieces").first).not_to_have_text("–")
        before, received = int(canvas.get_attribute("data-drawn") or 0), _received(page)
        wait_until(lambda: _received(page) >= received + 90, 60, "three seconds of snapshots")
        drawn, received = int(canvas.get_attribute("data-drawn") or 0) - before, _received(page) - received
    assert drawn < received / 2, "one or two a refresh, not one a snapshot"


def _received(page: Page) -> int:
    return int(page.locator(".stream").get_attribute("data-received") or 0)


@pytest.mark.long
def test_the_keyboard_steps_jumps_and_plays(run: RunDirectory, page: Page, app: App) -> None:
    timeline = shown_game(run, page, app, 10)
    page.locator(".timeline").focus()
    for key, piece in (("ArrowRight", 11), ("ArrowRight", 12), ("ArrowLeft", 11), ("End", timeline.last), ("Home", 0)):
        page.keyboard.press(key)
        assert_board(page, timeline, piece)
    page.keyboard.press("c")
    clear = timeline.next_clear(0)
    assert clear is not None
    assert_board(page, timeline, clear)
    page.keyboard.press("d")
    drop = timeline.biggest_drop()
    assert drop is not None
    assert_board(page, timeline, drop.first)
    counter = page.locator(".at").inner_text().partition(" ·")[0]
    expect(page.locator(".said")).to_contain_text(counter.capitalize() + ": from here to piece ")
    page.keyboard.press("Home")
    expect(page.locator(".said")).to_be_empty()  # it was about another place
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    wait_until(lambda: _position(page) >= 5, 20, "the game to be played")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    stopped = _position(page)
    assert_board(page, timeline, stopped)


@pytest.mark.long
def test_five_quick_presses_are_five_jumps(run: RunDirectory, page: Page, app: App) -> None:
    timeline = shown_game(run, page, app, 0)
    page.locator(".timeline").focus()
    for _ in range(5):
        page.keyboard.press("c")
    fifth = timeline.next_clear(0, 5)
    assert fifth is not None
    assert_board(page, timeline, fifth)


def _position(page: Page) -> int:
    return int(page.locator(".timeline").get_attribute("data-position") or "-1")


WATCH_POSITIONS = """(root) => {
  window.seen = [];
  new MutationObserver(() => window.seen.push([performance.now(), Number(root.dataset.position)])).observe(root, { attributes: true });
}"""


@pytest.mark.long
def test_a_game_is_played_in_order_at_the_pace_that_is_asked_for(run: RunDirectory, page: Page, app: App) -> None:
    timeline = shown_game(run, page, app, 0)
    root = page.locator(".timeline")
    root.evaluate(WATCH_POSITIONS)
    page.locator(".speed").select_option("30")
    root.focus()
    page.keyboard.press(" ")
    wait_until(lambda: _position(page) >= 120, 60, "four seconds of play")
    page.keyboard.press(" ")
    seen: list[Any] = page.evaluate("() => window.seen.filter(([, place], index, all) => index === 0 || place !== all[index - 1][1])")
    places = [place for _, place in seen]
    assert places == sorted(places)
    assert len(places) > 30, "it is not shown in leaps"
    seconds = (seen[-1][0] - seen[0][0]) / 1000
    assert 10 < (places[-1] - places[0]) / seconds < 45
    assert timeline.last >= places[-1]


def written_pieces(run: RunDirectory) -> int:
    """Pieces on the boards that the players of the only demo have shown last."""
    (folder,) = (run.path.parent / ".watch").iterdir()
    pieces: int = moments_reader(Demo(folder)).refresh()[-1].boards[0]["pieces"]
    return pieces


@pytest.mark.long
def test_two_boards_move_on_the_same_pieces_and_obey(run: RunDirectory, page: Page, app: App) -> None:
    page.goto(f"{app.url}/Watch?run={run.run_id}")
    page.get_by_label("Against, on the same pieces").click()
    page.get_by_role("option", name="DT-20").click()
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Watch").click()
    boards = page.locator(".board")
    expect(boards).to_have_count(2)
    first, second = boards.nth(0), boards.nth(1)
    wait_until(lambda: int(first.locator(".pieces").inner_text().replace(",", "").replace("–", "0")) >= 10, 60, "ten pieces")
    page.get_by_role("button", name="Pause game").click()
    expect(page.get_by_text("paused")).to_be_visible()
    before = written_pieces(run)
    for board in (first, second):
        expect(board.locator(".pieces")).to_have_text(str(before))
    assert first.locator(".piece").get_attribute("data-piece") == second.locator(".piece").get_attribute("data-piece")
    page.locator(".stream").focus()
    page.keyboard.press("ArrowRight")
    expect(first.locator(".pieces")).to_have_text(str(before + 1))
    expect(second.locator(".pieces")).to_have_text(str(before + 1))
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(first.locator(".pieces")).to_have_text(str(before + 6))
    for _ in range(3):
        page.keyboard.press(" ")
    expect(page.get_by_text("playing")).to_be_visible()
    page.get_by_role("button", name="End game").click()
    expect(page.get_by_text("The game has ended").or_(page.get_by_text("Choose who plays"))).to_be_visible()


@pytest.mark.long
def test_a_person_plays_with_the_keyboard_and_the_agent_answers(run: RunDirectory, page: Page, app: App) -> None:
    page.goto(f"{app.url}/Play?run={run.run_id}")
    page.get_by_role("button", name="New game").click()
    boards = page.locator(".board")
    expect(boards).to_have_count(2)
    expect(page.locator(".boards")).to_be_focused()
    for piece in range(1, 4):
        for key in ("ArrowLeft", "ArrowUp", "ArrowRight", " "):
            page.keyboard.press(key)
        for board in (boards.nth(0), boards.nth(1)):
            expect(board.locator(".pieces")).to_have_text(str(piece))
    assert boards.nth(0).locator(".piece").get_attribute("data-piece") == boards.nth(1).locator(".piece").get_attribute("data-piece")
    for _ in range(2):  # quicker than the agent answers
        page.keyboard.press("ArrowLeft")
        page.keyboard.press(" ")
    for board in (boards.nth(0), boards.nth(1)):
        expect(board.locator(".pieces")).to_have_text("5")


def placed(page: Page, pieces: int) -> None:
    """Wait until both boards have so many pieces."""
    for number in range(2):
        expect(page.locator(".board .pieces").nth(number)).to_have_text(str(pieces))


def columns(page: Page) -> list[int]:
    """The columns in which the person's piece would come to rest."""
    found: list[int] = page.locator(".board canvas").first.evaluate("(canvas) => canvas.player.frame.ghost.map((index) => index % 10)")
    return sorted(set(found))


SWIPE = """(canvas, [across, down]) => {
  const box = canvas.getBoundingClientRect(), [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const send = (kind, share) => canvas.dispatchEvent(new PointerEvent(kind, {
    bubbles: true, pointerType: "touch", pointerId: 1, clientX: x + share * across, clientY: y + share * down,
  }));
  canvas.setPointerCapture = () => {};
  send("pointerdown", 0);
  for (let step = 1; step <= 10; step++) send("pointermove", step / 10);
  send("pointerup", 1);
}"""


@pytest.mark.long
def test_a_person_plays_with_fingers_on_a_phone_without_scrolling(run: RunDirectory, app: App, window: Page) -> None:
    browser = window.context.browser
    assert browser is not None
    phone = new_context(browser, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    page.goto(f"{app.url}/Play?run={run.run_id}")
    page.get_by_role("button", name="New game").tap()
    canvas = page.locator(".board canvas").first
    expect(canvas).to_be_in_viewport(ratio=1)
    for name in ("Left", "Turn left", "Drop", "Turn right", "Right"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_in_viewport(ratio=1)
        size = button.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 44
    placed(page, 0)
    box = canvas.bounding_box()
    assert box is not None
    canvas.tap(position={"x": 4, "y": box["height"] / 2})
    placed(page, 1)
    board = canvas.evaluate("(canvas) => canvas.player.frame.cells")
    assert {index % 10 for index, cell in enumerate(board) if cell != "0"} <= {0, 1, 2, 3}, "in the column of the tap"
    assert any(cell != "0" for cell in board[::10])

    before = columns(page)
    page.get_by_role("button", name="Left", exact=True).tap()
    assert columns(page) == [column - 1 for column in before]
    canvas.evaluate(SWIPE, [2.5 * box["width"] / 10, 0])
    assert columns(page)[0] == before[0] + 1, "two cells to the right"
    canvas.evaluate(SWIPE, [0, 120])
    placed(page, 2)
    page.get_by_role("button", name="Drop").tap()
    placed(page, 3)
    assert page.evaluate("() => [visualViewport.scale, document.querySelector('[data-testid=stMain]').scrollTop]") == [1, 0]
    phone.close()


@pytest.mark.long
def test_the_mouse_shows_where_the_piece_comes_to_rest_and_a_click_drops_it_there(run: RunDirectory, page: Page, app: App) -> None:
    page.goto(f"{app.url}/Play?run={run.run_id}")
    page.get_by_role("button", name="New game").click()
    canvas = page.locator(".board canvas").first
    placed(page, 0)
    box = canvas.bounding_box()
    assert box is not None
    for share in (0.95, 0.02):
        canvas.hover(position={"x": share * box["width"], "y": 200})
        assert round(share * 9) in columns(page), "below the mouse"
    canvas.click(position={"x": 0.95 * box["width"], "y": 200})
    placed(page, 1)
    board = canvas.evaluate("(canvas) => canvas.player.frame.cells")
    assert any(cell != "0" for cell in board[9::10])


SHOW = """(root, over) => {
  const board = root.querySelector(".board canvas").player;
  board.draw({ ...board.frame, over }, board.rules, "A name so long that it can never stand beside a board");
}"""


@pytest.mark.long
def test_the_end_of_a_game_is_seen_beside_a_long_name(run: RunDirectory, page: Page, app: App) -> None:
    shown_game(run, page, app, 3)
    page.locator(".timeline").evaluate(SHOW, True)
    end = page.locator(".board .next")
    expect(end).to_have_text("over")
    cut, room = end.evaluate("(one) => [one.scrollWidth, one.clientWidth]")
    assert cut <= room
    expect(page.locator(".board").first).to_have_attribute("aria-label", re.compile(r"lines?, 3 pieces, over$"))
