"""A toy task: arms to pull. With its folder on the path it is found by its entry point; nothing else knows of it."""
