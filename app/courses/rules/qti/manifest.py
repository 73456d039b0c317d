"""imsmanifest.xml: which files the package holds, and which of them need which."""

from collections.abc import Mapping
from urllib.parse import quote
from xml.etree.ElementTree import Element

from app.courses.rules.course import Course
from app.courses.rules.qti.assessment import test_identifier
from app.courses.rules.qti.xml import XSI, child

CONTENT_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"


def manifest(slug: str, course: Course, test_file: str, shown: Mapping[str, tuple[str, ...]]) -> Element:
    """`shown`: file of the test or of an item -> the pictures that it shows."""
    root = Element(
        "manifest",
        {
            "xmlns": CONTENT_PACKAGE,
            "xmlns:xsi": XSI,
            "xsi:schemaLocation": f"{CONTENT_PACKAGE} http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd",
            "identifier": f"package-{slug}-{course.version.replace('+', '_')}",
        },
    )
    about = child(root, "metadata")
    child(about, "schema", "QTIv2.1 Package")
    child(about, "schemaversion", "1.0.0")
    child(root, "organizations")
    resources = child(root, "resources")
    names = {file: f"resource-{number}" for number, file in enumerate(one for one in shown if one != test_file)}
    test = _resource(resources, test_identifier(slug) + "-test", "imsqti_test_xmlv2p1", test_file, shown[test_file])
    for file, name in names.items():
        child(test, "dependency", identifierref=name)
        _resource(resources, name, "imsqti_item_xmlv2p1", file, shown[file])
    return root


def _resource(resources: Element, name: str, kind: str, file: str, media: tuple[str, ...]) -> Element:
    resource = child(resources, "resource", identifier=name, type=kind, href=quote(file))
    for path in (file, *media):
        child(resource, "file", href=quote(path))
    return resource
