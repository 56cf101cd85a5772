"""What commands and their answers have in common in all versions: logs, certificates, data of vendors."""

from __future__ import annotations

from typing import Final

import msgspec

from healer.ocpp import instants, outcomes, salvage
from healer.ocpp.commands import Certificates, CollectDiagnostics, Outcome, Result, Transferred
from healer.ocpp.frames import Payload
from healer.ocpp.salvage import Text, Wire, word
from healer.ocpp.subjects import Certificate, CertificateId, CertificateUse

# --- commanding ---------------------------------------------------------------------------------------------------


def given(**fields: object) -> Payload:
    """The payload without the fields that are None."""
    return {name: value for name, value in fields.items() if value is not None}


def operational(operative: bool) -> str:
    return "Operative" if operative else "Inoperative"


def log(command: CollectDiagnostics) -> Payload:
    """GetLog."""
    what = given(
        remoteLocation=command.location,
        oldestTimestamp=instants.written_or_none(command.since),
        latestTimestamp=instants.written_or_none(command.until),
    )
    return {"log": what, "logType": command.log.value, "requestId": command.request_id}


def certificate_id(named: CertificateId) -> Payload:
    """CertificateHashDataType."""
    return {
        "hashAlgorithm": named.hash_algorithm,
        "issuerNameHash": named.issuer_name_hash,
        "issuerKeyHash": named.issuer_key_hash,
        "serialNumber": named.serial_number,
    }


# --- concluding ---------------------------------------------------------------------------------------------------


class Hash(Wire):
    """CertificateHashDataType."""

    hash_algorithm: Text | None = None
    issuer_name_hash: Text | None = None
    issuer_key_hash: Text | None = None
    serial_number: Text | None = None


class _Chain(Wire):
    certificate_type: Text | None = None
    certificate_hash_data: Hash | None = None
    child_certificate_hash_data: tuple[Hash, ...] = ()


class _Installed(Wire):
    status: Text | None = None
    certificate_hash_data: tuple[Hash, ...] = ()
    """1.6."""
    certificate_hash_data_chain: tuple[_Chain, ...] = ()
    """2.x."""


def certificates(payload: Payload, use: CertificateUse | None = None) -> Outcome:
    """The answer to ListCertificates; `use` is what 1.6 was asked for. None found is as good an answer as some."""
    said = salvage.read(payload, _Installed)
    found = [Certificate(named, use) for one in said.certificate_hash_data if (named := certificate(one)) is not None]
    for chain in said.certificate_hash_data_chain:
        named = None if chain.certificate_hash_data is None else certificate(chain.certificate_hash_data)
        if named is not None:
            children = (certificate(one) for one in chain.child_certificate_hash_data)
            told = salvage.member(CertificateUse, chain.certificate_type)
            found.append(Certificate(named, told, tuple(child for child in children if child is not None)))
    plain = outcomes.of_status(word(said.status))
    if plain.result is Result.ACCEPTED or plain.detail.casefold() == "notfound":
        return Outcome(Result.ACCEPTED, plain.detail, Certificates(tuple(found)))
    return plain


def certificate(said: Hash) -> CertificateId | None:
    """None unless all four parts are there: half a name names nothing."""
    told = (said.hash_algorithm, said.issuer_name_hash, said.issuer_key_hash, said.serial_number)
    match [word(part) for part in told]:
        case [str(algorithm), str(name_hash), str(key_hash), str(serial)]:
            return CertificateId(algorithm, name_hash, key_hash, serial)
    return None


_NO_DATA: Final = (None, "")


class _Data(Wire):
    status: Text | None = None


def transferred(payload: Payload) -> Outcome:
    """The answer to TransferData. Its data is text in 1.6, and any JSON in 2.x."""
    plain = outcomes.of_status(word(salvage.read(payload, _Data).status))
    data = payload.get("data")
    if data in _NO_DATA:
        return plain
    try:
        text = data if isinstance(data, str) else msgspec.json.encode(data).decode()
    except RecursionError:  # nested as deep as could just be read
        return plain
    return Outcome(plain.result, plain.detail, Transferred(text))
