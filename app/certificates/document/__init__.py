import os

# Pango sorts fonts in a thread of its own, which may still work after a document is done. Before GLib 2.76 it could hold
# the lock of GLib's own allocator then, and a process forked in that moment would wait for that lock for ever. The
# system's allocator is safe to fork. GLib reads this once, when WeasyPrint loads it.
os.environ.setdefault("G_SLICE", "always-malloc")
