"""The fixtures live in tests/ground, one noun a file; how to use them is in tests/README.md."""

import os

# What the developer's shell says about a portal must not reach the portals under test.
for name in [name for name in os.environ if name.startswith("GOOD_STANDING_") or name == "DATABASE_URL"]:
    del os.environ[name]

pytest_plugins = [
    "tests.ground.databases",
    "tests.ground.application",
    "tests.ground.queries",
    "tests.ground.clock",
    "tests.ground.browser",
    "tests.ground.world",
    "tests.ground.furnished",
]
