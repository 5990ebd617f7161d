"""Many subjects: plan, run, record. Failures become rows."""
