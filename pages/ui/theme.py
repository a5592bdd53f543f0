"""The page's icon. The rules of style are in `shell/style.css`."""

from pathlib import Path

ICON = str(Path(__file__).with_name("icon.svg"))
"""From this machine: Streamlit would fetch a Material icon from the network."""
