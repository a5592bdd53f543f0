"""Charts, sentences and tables of a page as one HTML file that opens anywhere: Plotly is inside, and nothing is fetched from elsewhere."""

import html
import importlib.resources
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from trainer.numbers import digits

CHART_HEIGHT = 420  # pixels
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';
 img-src data: blob:">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --text: light-dark(#222, #eee); --faint: light-dark(#667, #9aa); --line: light-dark(#ddd, #444) }}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--text); border-color: var(--line); background: light-dark(#fff, #16181d);
 max-width: 1100px; margin: 2rem auto; padding: 0 1rem }}
h1 {{ font-size: 1.6rem }} h2 {{ font-size: 1.2rem; margin-top: 2.5rem }} h3 {{ font-size: 1rem; margin-bottom: 0 }}
.faint {{ color: var(--faint); font-size: 0.85rem; margin: 0 }}
.wide {{ overflow-x: auto }}
table {{ border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums }}
th, td {{ border-bottom: 1px solid var(--line); padding: 0.3rem 0.8rem 0.3rem 0; text-align: left; white-space: nowrap }}
.number {{ text-align: right }}
@media print {{ section {{ break-inside: avoid }} }}
</style>
<script>{plotly}</script>
</head>
<body>
<h1>{title}</h1>
<p class="faint">Made by Control Room, {made_at}</p>
{body}
<script>
const style = getComputedStyle(document.body);
for (const element of document.querySelectorAll(".chart")) {{
  const {{ traces, layout }} = JSON.parse(element.previousElementSibling.textContent);
  const axis = {{ color: style.color, gridcolor: style.borderTopColor, linecolor: style.borderTopColor }};
  const names = Object.keys(layout).filter((name) => /^[xy]axis\\d*$/.test(name));
  const axes = Object.fromEntries(names.map((name) => [name, {{ ...axis, ...layout[name] }}]));
  const font = {{ color: style.color }};
  const hoverlabel = {{ ...layout.hoverlabel, font, bgcolor: style.backgroundColor, bordercolor: style.borderTopColor }};
  Plotly.newPlot(element, traces, {{ ...layout, ...axes, font, hoverlabel }}, {{ responsive: true, displaylogo: false }});
}}
</script>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report; a person's own words may be anywhere in it.

    Attributes:
        charts: as `Chart.to_json` gives them.
        table: name of a column → its values.
    """

    heading: str
    sentences: Sequence[str] = ()
    charts: Sequence[Mapping[str, Any]] = ()
    table: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def html_report(title: str, sections: Sequence[Section]) -> bytes:
    """The report as an HTML file of about 5 MB."""
    body = "\n".join(part for section in sections for part in _section(section))
    plotly = (importlib.resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return _PAGE.format(title=html.escape(title), made_at=f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC", body=body, plotly=plotly).encode()


def _section(section: Section) -> Iterator[str]:
    yield f"<section><h2>{html.escape(section.heading)}</h2>"
    yield from (f"<p>{html.escape(sentence)}</p>" for sentence in section.sentences)
    for chart in section.charts:
        drawn = orjson.dumps({"traces": chart["traces"], "layout": _layout(chart)}, option=orjson.OPT_SERIALIZE_NUMPY).decode()
        drawn = drawn.replace("<", "\\u003c")  # or a name could end the script
        yield f'<h3>{html.escape(chart["title"])}</h3><p class="faint">{html.escape(chart["note"])}</p>'
        yield f'<script type="application/json">{drawn}</script>'
        yield f'<div class="chart" role="img" aria-label="{html.escape(chart["summary"])}" style="height: {CHART_HEIGHT}px"></div>'
    if section.table:
        yield f'<div class="wide"><table><tr>{"".join(_heading(*column) for column in section.table.items())}</tr>'
        yield from (f"<tr>{''.join(map(_cell, row))}</tr>" for row in zip(*section.table.values(), strict=True))
        yield "</table></div>"
    yield "</section>"


def _layout(chart: Mapping[str, Any]) -> dict[str, Any]:
    """A page draws the names below a chart itself; here Plotly does."""
    layout = dict(chart["layout"])
    if not chart["legend"]:
        return layout
    return layout | {"showlegend": True, "legend": {"orientation": "h", "y": -0.18}, "margin": layout["margin"] | {"b": 90}}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _heading(name: str, values: Sequence[Any]) -> str:
    kind = ' class="number"' if any(map(_is_number, values)) else ""
    return f"<th{kind}>{html.escape(name)}</th>"


def _cell(value: Any) -> str:
    if _is_number(value):
        return f'<td class="number">{digits(value)}</td>' if value == value else "<td></td>"  # noqa: PLR0124 - NaN is nothing
    return f"<td>{html.escape('' if value is None else str(value))}</td>"
