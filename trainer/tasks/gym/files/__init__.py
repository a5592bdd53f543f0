"""The files that only runs in environments of Gymnasium have."""
