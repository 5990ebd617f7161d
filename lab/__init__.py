"""How the shipped weights and numbers came about: benchmarks and training; not in the wheel."""
