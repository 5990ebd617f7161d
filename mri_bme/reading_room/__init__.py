"""The reading room: a web server on this machine, and the page that readers work in."""
