"""A guided tour: at most five short hints that point at what is on the live page, once in a browser."""
