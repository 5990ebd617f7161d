"""What goes out with a release, and what is checked of it: `python -m lab.release FOLDER`."""
