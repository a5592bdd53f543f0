"""A form that keeps what was typed, and marks the fields that are wrong."""
