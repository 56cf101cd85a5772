"""Signals and loop lag, with real signals in this very process."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from healer.adapters import process

BOUND_S = 10.0


@pytest.mark.parametrize(
    ("number", "wanted"), [(signal.SIGTERM, "stop"), (signal.SIGINT, "stop"), (signal.SIGHUP, "reload")]
)
async def test_a_signal_calls_what_it_stands_for(number: signal.Signals, wanted: str) -> None:
    calls: asyncio.Queue[str] = asyncio.Queue()
    with process.signals(stop=lambda: calls.put_nowait("stop"), reload=lambda: calls.put_nowait("reload")):
        os.kill(os.getpid(), number)
        async with asyncio.timeout(BOUND_S):
            assert await calls.get() == wanted


async def test_afterwards_signals_mean_again_what_they_meant() -> None:
    with process.signals(stop=lambda: None, reload=lambda: None):
        pass
    loop = asyncio.get_running_loop()
    assert loop.remove_signal_handler(signal.SIGHUP) is False
    assert loop.remove_signal_handler(signal.SIGTERM) is False


async def test_it_samples_how_late_the_loop_runs() -> None:
    lags: asyncio.Queue[float] = asyncio.Queue()
    sampler = asyncio.create_task(process.sample_lag(lags.put_nowait, interval_s=0.01))
    async with asyncio.timeout(BOUND_S):
        assert await lags.get() >= 0.0
        await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251 - this is the fault to be seen
        assert await lags.get() > 0.1
    sampler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sampler


async def _answer() -> int:
    await asyncio.sleep(0)
    return 42


def test_it_runs_the_main_coroutine_and_hands_back_its_result() -> None:
    assert process.run(_answer()) == 42
