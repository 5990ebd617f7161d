"""What was found, written down once: tables, facts beside a mask, and the stage cache."""
