"""The Flask extensions, made once, bound in create_app."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from app.kernel.database import Base
from app.kernel.hits import ProcessHits


class ViewLimiter(Limiter):
    """Limits stand at single views, whose wrapper checks them; the check before every request would never find one."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name=callable_name, in_middleware=False)


db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True, session_options={"expire_on_commit": False})
migrate = Migrate()
csrf = CSRFProtect()
login = LoginManager()
limiter = ViewLimiter(get_remote_address, storage_uri=f"{ProcessHits.STORAGE_SCHEME[0]}://")
