"""Turn the results of many subjects into the statistics of a trial."""
