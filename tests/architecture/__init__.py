"""The shape of the project: who may import whom, what is never loaded, what every file must say about itself."""
