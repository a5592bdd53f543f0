"""What concerns the whole app: one module a section of the settings page."""
