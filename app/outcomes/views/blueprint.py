"""The blueprint of decisions."""

from flask import Blueprint

bp = Blueprint("outcomes", __name__)
