"""The address at which LinkedIn adds a certificate to one's own profile. A plain link: nothing is sent until it is followed."""

from urllib.parse import urlencode

from app.certificates.rules.snapshot import CourseCompletion, Snapshot

_ADD = "https://www.linkedin.com/profile/add"


def profile_link(snapshot: Snapshot) -> str | None:
    """Where a person adds a course certificate to their profile; None for a company's, which has no profile to add it to."""
    if not isinstance(snapshot.completion, CourseCompletion):
        return None
    asked = {
        "startTask": "CERTIFICATION_NAME",
        "name": snapshot.completion.course_title,
        "organizationName": snapshot.vendor_name,
        "issueYear": snapshot.issued_on.year,
        "issueMonth": snapshot.issued_on.month,
        "certUrl": snapshot.verify_url,
        "certId": snapshot.number,
    }
    if snapshot.expires_on is not None:
        asked |= {"expirationYear": snapshot.expires_on.year, "expirationMonth": snapshot.expires_on.month}
    return f"{_ADD}?{urlencode(asked)}"
