"""The configuration of an experiment: INI files of Autosubmit 3 or YAML files of Autosubmit 4."""

from autosubmit_core.readers.configuration.reading import read_configuration
from autosubmit_core.readers.configuration.settings import (
    Configuration,
    PlatformSettings,
    SectionSettings,
    WrapperSettings,
    empty_configuration,
)

__all__ = [
    "Configuration",
    "PlatformSettings",
    "SectionSettings",
    "WrapperSettings",
    "empty_configuration",
    "read_configuration",
]
