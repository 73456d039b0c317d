"""Property tests of this room."""

from hypothesis import settings

# The machine that runs the suite is busy; a slow example is no fault of what it tests.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
