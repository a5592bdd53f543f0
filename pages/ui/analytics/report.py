"""A report of what is seen, as one HTML file that needs nothing else: the table, the charts (they can be zoomed) and the sentences."""

import html
import importlib.resources
from collections.abc import Sequence
from typing import Any

import orjson

from pages.ui.analytics.lines import Line, differing, setting_text
from pages.ui.analytics.table import COLUMNS, column
from pages.ui.chart.chart import Chart

TABLE_COLUMNS = ("name", "state", "last", "best", "mean", "steps", "active", "started")
CHART_HEIGHT = 480  # pixels
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1B2430; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #DDE2EA; padding: 0.3rem 0.8rem; text-align: left; }
.note { color: #5B6675; }
.wide { overflow-x: auto; }
"""


def report(title: str, lines: Sequence[Line], charts: Sequence[Chart], sentences: Sequence[str], when: str) -> bytes:
    """The report, in UTF-8.

    Args:
        title: of the page.
        lines: the runs it is about.
        charts: as they are seen.
        sentences: what else is to be said, as plain text.
        when: the time it is made at.
    """
    said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)
    drawn = "".join(_chart(number, chart) for number, chart in enumerate(charts))
    plotly = (importlib.resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    body = (
        f"<h1>{html.escape(title)}</h1><p class='note'>{html.escape(when)} · {len(lines)} runs</p>{said}{drawn}<h2>Runs</h2>{_table(lines)}"
    )
    head = f"<meta charset='utf-8'><title>{html.escape(title)}</title><style>{_STYLE}</style><script>{plotly}</script>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{body}</body></html>".encode()


def _chart(number: int, chart: Chart) -> str:
    sent = chart.to_json()
    layout = sent["layout"] | {
        "showlegend": chart.legend,
        "legend": {"orientation": "h", "y": -0.2},
        "height": CHART_HEIGHT,
        "margin": {"t": 10},
    }
    layout["paper_bgcolor"] = layout["plot_bgcolor"] = "#FFFFFF"
    call = f"Plotly.newPlot('chart{number}', {_script(sent['traces'])}, {_script(layout)}, {{responsive: true}})"
    heading = f"<h2>{html.escape(chart.title)}</h2><p class='note'>{html.escape(chart.note)}</p>"
    return f"{heading}<div id='chart{number}'></div><script>{call}</script>"


def _script(value: Any) -> str:
    """A value as JavaScript that cannot end the script it stands in."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode().replace("<", "\\u003c")


def _table(lines: Sequence[Line]) -> str:
    names = [*TABLE_COLUMNS, *differing(lines)]
    head = "".join(f"<th>{html.escape(column(name).label)}</th>" for name in names)
    rows = "".join(f"<tr>{''.join(f'<td>{html.escape(_cell(line, name))}</td>' for name in names)}</tr>" for line in lines)
    return f"<div class='wide'><table><tr>{head}</tr>{rows}</table></div>"


def _cell(line: Line, name: str) -> str:
    value = column(name).cell(line)
    if name not in COLUMNS or value is None:
        return setting_text(value)
    return (
        f"{value:,.1f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else f"{value:%d %b %H:%M}"
        if name == "started"
        else str(value)
    )
