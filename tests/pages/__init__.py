"""Tests of the app: its pages through Streamlit's AppTest, and the parts that compute, without Streamlit."""
