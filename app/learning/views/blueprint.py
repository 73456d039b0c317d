"""The one blueprint of the room; its pages are in the modules beside this one."""

from flask import Blueprint

bp = Blueprint("learning", __name__)
