"""The watch page: models play while somebody looks."""
