"""Messages to a real receiver, and addresses that are none; no sentence ever holds an address."""

import pytest

from tests.trainer.notifying.receiver import receiving
from trainer.errors import NotificationError
from trainer.notifying.sending import check_address, send, without_secrets


def test_a_message_arrives_or_a_line_says_why_not() -> None:
    with receiving() as receiver:
        check_address(receiver.url)
        assert send(receiver.url, "Control Room", "first <b>try</b>: finished.") is None
        assert receiver.got == ["first <b>try</b>: finished."]
        receiver.refuses = True
        problem = send(receiver.url, "Control Room", "again")
    assert problem is not None
    assert "503" in problem
    refused = send(receiver.url, "Control Room", "nobody listens any more")
    assert refused is not None
    assert "t0psecret" not in problem + refused


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("my-secret-channel", "must begin with a service, as in mailto://… or slack://…; it begins with none"),
        ("nonsense://my-secret", "nonsense:// was given that names a service that Apprise does not know"),
        ("slack://my-secret", "slack:// was given that is not complete: see what Apprise asks for there"),
        ("json://my-secret/" + "x" * 2_000, "must have at most 2,000 characters; it has 2,017"),
    ],
)
def test_an_address_that_is_none_is_refused_without_being_told(url: str, says: str) -> None:
    with pytest.raises(NotificationError) as error:
        check_address(url, 2)
    assert says in str(error.value)
    assert str(error.value).startswith("Address 2 ")
    assert "secret" not in str(error.value)


def test_what_a_service_says_is_told_without_any_part_of_the_address() -> None:
    url = "mailto://someone:pass%20word@example.com:587/target?token=abcd1234"
    said = "Could not send to example.com as someone with pass word\n (token abcd1234, TARGET)" + " x" * 200
    told = without_secrets(said, url)
    assert not [part for part in ("someone", "pass word", "example.com", "abcd1234", "TARGET", "\n") if part in told]
    assert len(told) <= 200
