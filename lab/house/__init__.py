"""Measure the house: rooms and their imports, and how far a reader walks from module to module."""
