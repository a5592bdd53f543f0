"""What other programs have logged."""
