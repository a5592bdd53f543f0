"""Trainers on the nodes of a Ray cluster, whose runs are ordinary run directories here.

| module | where it works | what it does |
|---|---|---|
| `engine` | head | what the queue knows: room, start, busy |
| `relay` | head | gives each run a node, brings its files back, sends commands on, moves it when its node is lost |
| `carrier` | head | two threads a node: news from it, commands to it |
| `placed` | head | what is known of a run that is trained elsewhere |
| `mirror` | head | writes into a run directory what a node says of it |
| `..run_files.placements` | head | which runs are placed: a relay that is begun anew goes on with them |
| `wire` | both | what is asked and answered |
| `outbox` | node | what is new in a run directory |
| `versions` | both | what must be the same on both |
| `agent` | node | starts trainers and answers for them; one a node, not one a run |
| `cluster`, `remote` | both | the only ones that know Ray |

Only a few bytes of each file travel: logs grow by whole lines from where the head's copy ends, a document comes whole when it has
changed, a folder such as `best/` or a checkpoint comes file by file into a folder aside that is renamed in. A log reaches the head
before the checkpoint that counts on it. Nothing is remembered that cannot be seen in the files: head, agent and trainer may each
be killed and begun anew at any moment.
"""
