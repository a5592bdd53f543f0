"""Streams of pictures: what was written since the last refresh is played until the next one."""
