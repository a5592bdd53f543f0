"""One thread, as a trainer has: several get in each other's way on a busy machine."""

import torch as th

th.set_num_threads(1)
