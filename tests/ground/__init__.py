"""What the tests stand on: databases, the app, pages, a browser, the clock. One noun a file; tests/README.md shows the use."""
