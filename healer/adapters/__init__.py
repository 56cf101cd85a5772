"""How we touch the world: clocks, sockets, files, other services.

Owns everything that waits, reads a clock or does I/O, one adapter a module, each typed against `healer.ports` and
translating foreign errors at its own edge. May not enter: decisions. No adapter imports another.
"""
