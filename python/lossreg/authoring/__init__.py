"""Losses of one's own."""
