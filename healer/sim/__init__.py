"""Simulated chargers over real websockets.

The wire is spoken by PyPI `ocpp`'s own ChargePoint clients, so this is an implementation of OCPP independent of
healer's; what the chargers do comes from `healer.behaviour`. Nothing of `healer.ocpp` but its neutral messages may
enter. Start reading in `fleet`, then `live`.
"""
