"""Losses inside the libraries that train: one module per library, imported only when it is asked for."""
