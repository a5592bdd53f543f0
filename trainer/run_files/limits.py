"""How much is read of any file: everything in a run directory may come from a stranger.

Each limit lies far above what Control Room itself writes. A file that is larger is refused or read
in part, so that memory and time stay bounded whatever lies in a run directory.
"""

MAX_DOCUMENT_BYTES = 1_000_000
"""Of a JSON document such as `status.json`; ours take a few kB."""

MAX_MODEL_BYTES = 200_000_000
"""Of a `model.zip` and of what it unpacks to: four layers of 1,024 units with their optimiser take
half of it."""

MAX_BUNDLE_BYTES = 200_000_000
"""Of a bundle, packed and unpacked."""

MAX_ARCHIVE_FILES = 1_000
"""In one archive."""

MAX_TOKEN_BYTES = 100
"""Of the file that tells for which placement a trainer was begun on another machine; ours take 16."""

MAX_CHECKPOINT_BYTES = 4_000_000_000
"""Of all files of a checkpoint together: a replay buffer in it takes at most three quarters of it."""

MAX_RECORDING_BYTES = 64_000_000
"""Of one document of `replays/`; of games that would take more, only the first moves are kept."""

MAX_RECORDED_MOVES = 40_000_000
"""Of one document of `replays/`; a move takes at most 1.2 bytes in it."""

MAX_VALUES = 500_000
"""In one JSON document or row: a byte of JSON can take thirty of memory."""

LOG_TAIL_BYTES = 64_000
"""Of the end of a log of text, which a page shows, and of the last row of a log of rows."""

READ_CHUNK_BYTES = 8 * 1024 * 1024
"""Of a log of rows at a time, so that memory stays flat; twice the longest row. The memory of longer
pieces is given back to the system after each, which takes as long as parsing."""

MAX_ROW_BYTES = 4_000_000
"""Of one row: an evaluation of a thousand games takes 30 kB."""

MAX_BAD_BYTES = 64 * 1024 * 1024
"""Of one log that are no rows. What comes after them is not read: a sparse file of any size costs no
more than this."""

MAX_CACHED_ROWS = 25_000_000
"""Of one cache of columns: five times what the longest run writes at its usual pace; a column takes
200 MB, even of a sparse file. A longer log has no cache."""

MAX_HEADER_BYTES = 64 * 4096
"""Of a cache of columns: room for as many names as a log may have, and as long ones."""

MAX_NUMBERS = 500_000_000
"""Of one log, in all its columns: 4 GB in memory. It is three times what the longest run writes at
its usual pace; what comes after is not read."""

NUMBERS_A_BYTE = 2
"""Of a log with many columns, beside `FREE_NUMBERS`: ours has one in fifteen bytes. A name in one row
makes a number of every other row too, so that a small log could fill the memory."""

FREE_NUMBERS = 20_000_000
"""Of one log, however short its rows are: 160 MB in memory."""

MAX_COPIED_BYTES = 4_000_000_000
"""Of a log that has a second name elsewhere, and is copied before anything is appended to it."""

MAX_ENTRIES = 100_000
"""Of one folder."""

MAX_FILMS_BYTES = 500_000_000
"""Of all films of recorded episodes, which are a cache: two dozen long ones."""

MAX_FILM_HEAD_BYTES = 200_000
"""Of the first line of a film: two numbers a picture."""

MAX_PICTURE_BYTES = 2_000_000
"""Of one picture of a film; ours take 10 kB."""

MAX_IMPORTED_BYTES = 500_000_000
"""Of one file of another program that becomes a run here: nine million scalars of TensorBoard."""
