"""The blueprint of this room; its pages are in the modules beside it, one noun a file."""

from flask import Blueprint

bp = Blueprint("reports", __name__)
