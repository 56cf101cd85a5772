"""healer watches EV chargers over OCPP, recognises their faults by YAML rules, and heals them.

Owns nothing but the version. Start reading in `healer.engine`: chargers say (`ocpp`), we believe (`fleet`),
we conclude (`rules`), we decide (`healing`). The order in which modules may import each other is enforced by
import-linter, see pyproject.toml.
"""

__version__ = "0.1.0"
