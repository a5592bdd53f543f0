"""The contract between the trainer and the app: one module a file format, writer and reader together.

Rules that hold for every file of a run directory:

- One writer a file. Whole documents are replaced (temp file, then rename); logs are appended, one whole line a write.
- A reader never locks and never blocks the trainer. It survives any prefix of any file: lines are consumed up to the last
  newline, a bad line is skipped and counted, a torn tail is left for the next read.
- NaN and infinities are written as `null`.
- Every document carries `"version": 4`; another version is refused. The rows of a log carry none: the version in
  `config.json` covers them.
"""
