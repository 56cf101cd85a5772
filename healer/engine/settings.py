"""What the engine must know of the daemon's settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from healer.fleet.baseline import Baseline
from healer.fleet.enrolment import AdmissionSettings
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.profiles import LinkSettings
from healer.healing.settings import HealingSettings
from healer.model import Seconds


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Fixed for the engine's life."""

    answers: AnswerPolicy
    healing: HealingSettings = field(default_factory=HealingSettings)
    link: LinkSettings = field(default_factory=LinkSettings)
    admission: AdmissionSettings = field(default_factory=AdmissionSettings)
    baseline: Baseline = field(default_factory=Baseline)
    """The wanted configuration."""
    call_timeout_s: Seconds = 30.0
    max_frame_bytes: int = 1 << 20
