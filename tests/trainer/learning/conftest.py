"""As the trainer does: the networks are small, more threads only get in each other's way."""

import torch as th

th.set_num_threads(1)
