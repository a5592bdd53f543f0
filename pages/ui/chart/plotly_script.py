"""Plotly for the browser: the copy that the `plotly` package brings along, under an address of the app's own server.

A browser keeps a script that has an address, and compiled: the next page has its charts in half the time. It would read anew whatever
comes along with a page. Nothing is fetched from elsewhere.
"""

import importlib.metadata
import importlib.resources
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

NAME: Final = f"plotly-{importlib.metadata.version('plotly')}.js"
ADDRESS: Final = f"./{NAME}"  # from any page
FILE: Final = Path(str(importlib.resources.files("plotly"))) / "package_data" / "plotly.min.js"
KEPT_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}  # another version has another address


def plotly_route() -> Route:
    """What the server answers under `ADDRESS`."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return Route(f"/{base}/{NAME}" if base else f"/{NAME}", _send, methods=["GET"])


async def _send(_: Request) -> FileResponse:
    return FileResponse(FILE, media_type="text/javascript", headers=KEPT_FOR_EVER)
