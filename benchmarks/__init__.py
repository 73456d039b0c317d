"""How fast the pages are that people open most, beside bare pages on the same server. `make bench` runs it."""
