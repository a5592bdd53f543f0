"""The heading of the live page: what a run is called, how it is, and what can be asked of it. Seen without scrolling on any screen."""
