"""What can go wrong with a run, done for real: each test names the fault and says what is on disk and what a person sees."""
