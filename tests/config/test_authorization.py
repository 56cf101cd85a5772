"""Who may charge, as the settings say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from healer import config, documents
from healer.config import authorization
from healer.config.authorization import Authorization, TokenList
from healer.documents import Mistakes
from healer.errors import SettingsError
from healer.fleet import tokens
from healer.fleet.tokens import TokenPolicy

KEY = bytes(32)
BASE = Path("/etc/healer")
HASH = tokens.written(KEY, "CARD")


def reading(text: str) -> tuple[authorization.Choice | None, str]:
    mistakes = Mistakes()
    root = documents.parse(text, "config.yaml", mistakes)
    assert isinstance(root, documents.Mapping)
    return authorization.read(root, BASE, mistakes), mistakes.render()


def from_file(text: str) -> TokenPolicy:
    return authorization.policy(TokenList(file=Path("tokens.txt")), KEY, lambda path: text)


def never(path: Path) -> str:
    raise AssertionError(path)


def test_a_word_says_it_for_everybody() -> None:
    assert reading("authorization: accept") == (Authorization.ACCEPT, "")
    assert reading("authorization: reject") == (Authorization.REJECT, "")
    assert authorization.policy(Authorization.ACCEPT, KEY, never).accepts("A")
    assert not authorization.policy(Authorization.REJECT, KEY, never).accepts("A")


def test_a_list_holds_tokens_and_hashes() -> None:
    choice, _ = reading(f"authorization: {{tokens: [04A1B2, 0123, '{HASH}']}}")
    assert isinstance(choice, TokenList)
    policy = authorization.policy(choice, KEY, never)
    assert [policy.accepts(token) for token in ("04a1b2", "0123", "123", "card", "x")] == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_a_file_of_its_own_lies_beside_the_settings() -> None:
    assert reading("authorization: {tokens_file: tokens.txt}")[0] == TokenList(file=BASE / "tokens.txt")


def test_a_file_has_one_token_a_line_and_comments() -> None:
    policy = from_file(f"# drivers\n\n 04A1B2  # Ada\n{HASH}\nA#1\n")
    assert [policy.accepts(token) for token in ("04A1B2", "CARD", "A#1", "Ada", "A")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "text",
    ["[SECRETCARD, secretcard]", f"[{'SECRETCARD' * 30}]", "[hmac-sha256$SECRETCARD]", "\n    - SECRETCARD\n    - ''"],
)
def test_no_mistake_tells_a_token(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        config.load(f"authorization:\n  tokens: {text}\n", "healer.yaml", {}, config.read_file)
    assert "card" not in str(refused.value).casefold()


def test_a_list_does_not_show_what_is_on_it() -> None:
    assert repr(TokenList(("SECRETCARD",))) == "TokenList(1 entries)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ocpp: {}", "config.yaml:1:1: error: 'authorization' is missing"),
        ("authorization:", "config.yaml:1:1: error: 'authorization' has no value"),
        ("authorization: perhaps", "'perhaps' is not a known answer to drivers"),
        ("authorization: [A, B]", "write 'tokens:' in front of the list"),
        ("authorization: {}", "the tokens are missing"),
        ("authorization: {tokens: [A], tokens_file: x}", "tokens stand here and in a file of their own"),
        ("authorization: {token: [A]}", "did you mean 'tokens'?"),
        ("authorization: {tokens: A}", "a list belongs here"),
        ("authorization: {tokens: []}", "config.yaml:1:25: error: the list of tokens is empty"),
        (
            "authorization: {tokens: [A, B, a]}",
            "config.yaml:1:32: error: the same token stands in line 1, column 26 already",
        ),
        ("authorization: {tokens: [A, '']}", "a token belongs here, not nothing"),
        ("authorization: {tokens: [A, {b: c}]}", "a token belongs here, not a mapping"),
        (f"authorization: {{tokens: [{'A' * 256}]}}", "a token has at most 255 characters, not 256"),
        ("authorization: {tokens: ['hmac-sha256$00']}", "'healer token hash' makes one of a token"),
        ("authorization: {tokens_file: [A]}", "a text belongs here, not a list"),
    ],
)
def test_each_mistake_says_where_and_what(text: str, message: str) -> None:
    choice, told = reading(text)
    assert choice is None
    assert message in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A\nB\n a \n", "tokens.txt:3:1: error: the same token stands in line 1, column 1 already"),
        ("# nobody\n", "tokens.txt:1:1: error: the list of tokens is empty"),
        ("hmac-sha256$12\n", "tokens.txt:1:1: error: a hash is 'hmac-sha256$' and 64 hexadecimal digits"),
    ],
)
def test_a_file_with_mistakes_is_refused_with_their_place(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        from_file(text)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "No such file or directory"), UnicodeDecodeError("utf-8", b"", 0, 1, "")]
)
def test_a_file_that_cannot_be_read_is_a_mistake_in_the_settings(error: Exception) -> None:
    def read(path: Path) -> str:
        raise error

    with pytest.raises(SettingsError, match=r"tokens\.txt: the tokens cannot be read"):
        authorization.policy(TokenList(file=Path("tokens.txt")), KEY, read)
