"""How shipped weights were made. Needs torch, which the rest of the package does without."""
