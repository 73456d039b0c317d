"""Where a reader left a unit, for the script of its page. Nothing here is needed to learn: a place saves looking for it."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app.access.policy import Permission
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.learning.queries import places as queries
from app.learning.queries.lessons import reading_of
from app.learning.services import places as services
from app.learning.views.blueprint import bp
from app.transactions import brief_transaction, reading
from app.web.guard import actor, requires

WHOLE = 10_000
LONGEST_FILM = 24 * 3600


@bp.get("/registrations/<int:registration_id>/units/<int:position>/places")
@requires(Permission.LEARNING_TAKE)
def places(registration_id: int, position: int) -> ResponseReturnValue:
    found = queries.places(reading(), registration_id, position, by=actor())
    return jsonify(part=found.part, films=found.films)


@bp.post("/registrations/<int:registration_id>/units/<int:position>/reading-place")
@requires(Permission.LEARNING_TAKE)
def save_reading_place(registration_id: int, position: int) -> ResponseReturnValue:
    part = number_sent("part", WHOLE, registration_id, position)
    with brief_transaction() as session:
        services.save_reading_place(session, registration_id, position, part, by=actor(), at=now())
    return jsonify(kept=True)


@bp.post("/registrations/<int:registration_id>/units/<int:position>/film-places")
@requires(Permission.LEARNING_TAKE)
def save_film_place(registration_id: int, position: int) -> ResponseReturnValue:
    seconds, path = number_sent("seconds", LONGEST_FILM, registration_id, position), request.form.get("path", "")[:200]
    with brief_transaction() as session:
        services.save_film_place(session, registration_id, position, path, seconds, by=actor(), at=now())
    return jsonify(kept=True)


def number_sent(name: str, most: int, registration_id: int, position: int) -> int:
    """A number of the form. What is none is refused, but only to whose unit it is: others learn nothing of it."""
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 8 and int(text) <= most):
        reading_of(reading(), registration_id, by=actor()).unit(position)
        raise DomainError(f"{name}: send a whole number from 0 to {most}.", field=name)
    return int(text)
