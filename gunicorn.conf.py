"""How gunicorn serves the portal; read by itself when started in this folder: `gunicorn wsgi:app`."""

import os

# Two sync workers are the steadiest on two cores; threads bring nothing there.
worker_class = "sync"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))

# Each worker opens its own database connections.
preload_app = False

# A page takes milliseconds and a certificate a tenth of a second; what takes longer belongs to the background worker.
timeout = 60
graceful_timeout = 20

# The heartbeat files of the workers must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

# The audit trail says who did what; a proxy in front keeps the access log.
accesslog = None
errorlog = "-"
loglevel = os.environ.get("GOOD_STANDING_LOG_LEVEL", "info")
