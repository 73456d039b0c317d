"""Questions about the money, one noun a file. `books` and `cases` serve the services, the rest serves pages and `flask check`."""
