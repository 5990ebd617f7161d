"""What one vendor's headers say in private, a module each."""
