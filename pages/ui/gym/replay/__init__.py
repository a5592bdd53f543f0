"""What only the replay page of environments has: they are simulated again, in the background."""
