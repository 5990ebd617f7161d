"""Accuracy and speed, measured: ``python -m lab.benchmark NAME``; one module per subject."""
