"""The speed of lossreg over its history; `make bench` runs them, `make dashboard` shows them."""
