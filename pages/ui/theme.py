"""A few rules of style on top of Streamlit's theme. Constant text: nothing a person typed ever gets here."""

from pathlib import Path

import streamlit as st

ICON = str(Path(__file__).with_name("icon.svg"))
"""The page's icon, from this machine: Streamlit would fetch a Material icon from the network."""
_CSS = """
<style>
  [data-testid="stMetricValue"], [data-testid="stMetricDelta"], [data-testid="stCaptionContainer"] { font-variant-numeric: tabular-nums; }
  [data-testid="stMetricValue"] { font-size: 1.6rem; line-height: 1.9rem; }
  [data-testid="stStatusWidget"] { visibility: hidden; }                /* the page is re-read every second: no runner in the corner */
  [data-stale="true"], .stale-element { opacity: 1 !important; transition: none !important; }  /* nothing greys out at a refresh */
  [data-testid="stMainBlockContainer"] { padding: 2.5rem 2.5rem 2rem; }
  @media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 3.75rem 1rem 2rem; } }  /* below the menu button */
  .st-key-figures [data-testid="stHorizontalBlock"], .st-key-charts [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  .st-key-figures [data-testid="stColumn"] { flex: 1 1 10rem; min-width: 10rem; }  /* cards and charts wrap before they are cut */
  .st-key-figures [data-testid="stMetric"] { min-height: 12.3rem; }  /* the first sparkline moves nothing */
  .st-key-model_figures [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  .st-key-model_figures [data-testid="stColumn"] { flex: 1 1 8.5rem; min-width: 8.5rem; }
  .st-key-charts [data-testid="stColumn"] { flex: 1 1 18rem; min-width: min(18rem, 100%); }
  [data-testid="stSidebarHeader"] { height: 2.5rem; margin-bottom: 0; padding-top: 0.75rem; }
  .st-key-picker { height: 4.35rem; overflow: hidden; }
  .st-key-command { min-height: 2.7rem; }
  [data-testid="stLayoutWrapper"]:has(> * > * > .st-key-loader) { display: none; }  /* it comes and goes without a trace */
  [data-testid="stSidebarUserContent"] { padding-bottom: 1rem; }
</style>
"""


def apply() -> None:
    """Put the rules on the page."""
    st.html(_CSS)
