"""The analytics page: a table of all runs, and what the chosen ones say together."""
