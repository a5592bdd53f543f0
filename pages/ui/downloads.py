"""The buttons that export a table, as a file of values to their last digit. A file is made when it is asked for."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from trainer.analysis.export import csv_bytes, parquet_bytes

PARQUET = "application/vnd.apache.parquet"


def draw_downloads(name: str, columns: Callable[[], dict[str, Any]]) -> None:
    """Draw the buttons for a table: as CSV, as CSV with the mark by which Excel knows UTF-8, as Parquet.

    Args:
        name: of the files, without its ending.
        columns: makes the table: name → values, all of one length.
    """
    with st.container(horizontal=True):
        draw_download("CSV", f"{name}.csv", "text/csv", lambda: csv_bytes(columns()), ":material/csv:")
        draw_download("CSV for Excel", f"{name}-excel.csv", "text/csv", lambda: csv_bytes(columns(), bom=True), ":material/csv:")
        draw_download("Parquet", f"{name}.parquet", PARQUET, lambda: parquet_bytes(columns()), ":material/table:")


def draw_download(label: str, file_name: str, mime: str, data: Callable[[], bytes], icon: str) -> None:
    """Draw one button; nothing is drawn again when it is pressed."""
    st.download_button(label, data, f"control-room-{file_name}", mime, key=f"download_{file_name}", icon=icon, on_click="ignore")
