"""Measure bone marrow edema of the sacroiliac joints on MRI, and how treatment changes it."""

__version__ = "0.1.0"
