"""The control socket: what people ask and tell a running daemon from its own machine.

Guarded by the file's permissions and by nothing else: whoever may open it may do everything. `server` is the socket,
`chargers` what can be done with chargers, `reloading` with files, `answers` how all of them read and answer. May not
enter: decisions, which are the engine's, and secrets in an answer.
"""
