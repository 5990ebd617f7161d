"""`python -m mri_bme` is `mri-bme`."""

from mri_bme.cli import main

if __name__ == "__main__":
    main()
