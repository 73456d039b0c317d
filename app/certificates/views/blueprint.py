"""The blueprint that all pages of certificates share."""

from flask import Blueprint, current_app

from app.settings import Settings

bp = Blueprint("certificates", __name__)


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
