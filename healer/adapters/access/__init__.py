"""Who may connect as a charger, and by what it proves that: keys, passwords, client certificates.

Start reading in `gate`, which decides; `credentials` knows what each charger may show, `passwords` how a key is kept,
`hashing` pays for the slow ones, `throttle` counts failures, `addresses` finds the client behind a proxy, `tls` holds
the server's certificates, `authority` signs those of chargers, `pem` reads the files of both, `secret` is our own.

Owns everything that is secret about a connection. May not enter: websockets and HTTP answers (`healer.adapters.server`
speaks those), what a charger does once it is connected, any log line, message or repr that shows a secret.
"""
