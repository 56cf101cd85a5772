"""The settings of `healer run --config FILE`: what may be set, how a file is read, who is listed where.

Owns the settings and the inventory as documents: defaults, the meaning of each key, every mistake with its place. May
not enter: what acts upon a setting. `settings` declares them, `reading` reads a file, `inventory` who stands where.
"""

from healer.config.inventory import Listed, load_inventory
from healer.config.reading import load
from healer.config.settings import HttpSettings, LogSettings, OcppSettings, Settings, StoreSettings
from healer.config.variables import read_file

__all__ = [
    "HttpSettings",
    "Listed",
    "LogSettings",
    "OcppSettings",
    "Settings",
    "StoreSettings",
    "load",
    "load_inventory",
    "read_file",
]
