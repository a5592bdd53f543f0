"""The tests of Control Room; folders mirror the code."""
