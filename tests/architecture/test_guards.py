"""Whatever a page draws and whatever a widget calls is guarded."""

import ast
import re
from pathlib import Path

from tests.architecture.sources import REPOSITORY, SOURCES, imports_of, label_of, nodes_of

GUARD = REPOSITORY / "pages" / "ui" / "guard.py"
PAGES = [path for path in SOURCES if not label_of(path).startswith("trainer/")]
CALLED_BY_A_WIDGET = re.compile(r"on_(click|change|select|dismiss|submit|\w+_change)")


def _makes_parts(path: Path) -> bool:
    """Whether a module uses Streamlit's own fragments or dialogs, which run outside the guard of their page."""
    names = {"fragment", "dialog"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.ImportFrom) and node.module == "streamlit" and names & {one.name for one in node.names})
        for node in nodes_of(path)
    )


def _unguarded(path: Path) -> list[str]:
    """What a module hands to a widget to be called, without the guard's `callback` around it."""
    handed: list[tuple[object, ast.expr]] = []
    for node in nodes_of(path):
        if isinstance(node, ast.Call):
            handed += [(one.arg, one.value) for one in node.keywords]
        elif isinstance(node, ast.Dict):
            handed += [(one.value, value) for one, value in zip(node.keys, node.values, strict=True) if isinstance(one, ast.Constant)]
    called = [value for name, value in handed if CALLED_BY_A_WIDGET.fullmatch(str(name))]
    guard = "callback" if "pages.ui.guard.callback" in imports_of(path) else "callback, which is not the guard's"
    return [ast.unparse(value) for value in called if not _is_guarded(value, guard)]


def _is_guarded(value: ast.expr, guard: str) -> bool:
    if isinstance(value, ast.IfExp):
        return _is_guarded(value.body, guard) and _is_guarded(value.orelse, guard)
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and ast.unparse(value.func) == guard)


def _asked_buttons(path: Path) -> list[str]:
    """The buttons of a module whose value is used: Streamlit forgets a press when another run of the page comes in between."""
    nodes = nodes_of(path)
    alone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    calls = [node for node in nodes if isinstance(node, ast.Call) and id(node) not in alone]
    return [ast.unparse(call.func) for call in calls if re.fullmatch(r"(.*\.)?(form_submit_)?button", ast.unparse(call.func))]


def test_what_a_button_asks_for_is_done_by_its_callback() -> None:
    assert {label_of(path): found for path in PAGES if (found := _asked_buttons(path))} == {}


def test_the_check_for_asked_buttons_can_fail(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('if left.button("a"):\n    st.button("b")\nasked = form_submit_button("c")\n', encoding="utf-8")
    assert _asked_buttons(module) == ["left.button", "form_submit_button"]


def _first_calls(path: Path) -> list[str]:
    """What the code of a page calls, in order, but for its settings in the browser."""
    calls = [node for node in nodes_of(path) if isinstance(node, ast.Call)]
    names = [ast.unparse(one.func) for one in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]
    return [name for name in names if name != "st.set_page_config"]


def test_every_page_lets_nobody_in_who_must_sign_in_first() -> None:
    for path in [REPOSITORY / "streamlit_app.py", *sorted((REPOSITORY / "pages").glob("[0-9]*.py"))]:
        assert _first_calls(path)[0] in {"begin_sidebar", "draw_sidebar"}, f"{label_of(path)} shows something before it"


def test_fragments_and_dialogs_are_made_in_the_one_module_that_guards_them() -> None:
    assert [label_of(path) for path in PAGES if _makes_parts(path)] == [label_of(GUARD)]


def test_whatever_a_widget_calls_is_guarded() -> None:
    assert {label_of(path): found for path in PAGES if path != GUARD and (found := _unguarded(path))} == {}


def test_the_checks_for_what_is_not_guarded_can_fail(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    button = 'st.button("a", on_click=act)\nst.toggle("b", **{"on_change": act})\nmount(on_move_change=callback(act) if act else act)\n'
    fine = 'st.button("c", on_click=callback(act))\nst.text_input("d", on_change="ignore")\n'
    module.write_text("from pages.ui.guard import callback\n" + button + fine, encoding="utf-8")
    assert _unguarded(module) == ["act", "callback(act) if act else act", "act"]
    module.write_text("from elsewhere import callback\n" + fine, encoding="utf-8")
    assert _unguarded(module) == ["callback(act)"]
    for other_way in ('@st.dialog("Sure?")\ndef ask(): ...', "from streamlit import fragment"):
        module.write_text(other_way, encoding="utf-8")
        assert _makes_parts(module)
