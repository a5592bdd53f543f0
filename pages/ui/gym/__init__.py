"""What only runs in environments of Gymnasium have."""
