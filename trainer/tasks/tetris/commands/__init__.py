"""The commands that play with a saved model: how good it is, a bundle of it, models that play while somebody looks."""
