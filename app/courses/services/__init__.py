"""Every verb of the catalogue under one name: `courses.services.publish(…)`."""

from app.courses.rules.preparation import Prepared, prepare
from app.courses.rules.problems import CourseRefused
from app.courses.services.materials import (
    acknowledge_material,
    grant_material,
    publish_document,
    publish_material,
    refuse_request,
    request_material,
)
from app.courses.services.versions import propose_version, publication_content, publish, reject

__all__ = [
    "CourseRefused",
    "Prepared",
    "acknowledge_material",
    "grant_material",
    "prepare",
    "propose_version",
    "publication_content",
    "publish",
    "publish_document",
    "publish_material",
    "refuse_request",
    "reject",
    "request_material",
]
