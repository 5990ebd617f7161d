"""From a PACS and back into it: query, retrieve, send, and listen."""
