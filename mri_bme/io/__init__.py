"""Files in and out: one module per format. Everything that touches a disk is here."""
