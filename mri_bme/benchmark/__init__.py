"""Accuracy and speed, measured: ``python -m mri_bme.benchmark NAME``; one module per subject."""
