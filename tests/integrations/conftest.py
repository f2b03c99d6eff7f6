"""Trainings are small: their threads wait without burning the processor that others need."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
