"""What is trained: one folder a task, each exchangeable. `trainer.learning` knows none of them."""
