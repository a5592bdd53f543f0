"""Sweeps: search for a good setting by training many, on the same seeds.

`trainer.run_files.studies` has their files. The search (`search`, `scoring`, `pruning`) is pure
functions of the study and of the trials so far, so that a sweep that was killed goes on with the
trials that it would have made. `scheduler` turns them into runs, `process` is the detached process
that does so, `starting` the app's and the command line's side.
"""
