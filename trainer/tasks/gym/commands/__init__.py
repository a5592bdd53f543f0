"""What is done with a saved model: evaluate, bundle, import."""
