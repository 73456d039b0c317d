"""Every address of the portal, asked by everybody: what the tests of routes and of security stand on."""
