"""Alembic's room: `env` runs the scripts in `versions/`, each of which is one step of the schema."""
