import pytest

from disco.attributes import stored_attributes
from disco.url_passwords import mask_passwords, mask_value


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("http://me:s3cret@proxy:3128", "http://me:***@proxy:3128"),
        ("a=https://u:p@h/x b=http://v:q@i", "a=https://u:***@h/x b=http://v:***@i"),
        ("http://u:p@ss@host:1", "http://u:***@host:1"),
        ("http://me@proxy:3128", "http://me@proxy:3128"),
        ("http://proxy:3128/a@b", "http://proxy:3128/a@b"),
        ("user@host: http://x", "user@host: http://x"),
    ],
)
def test_passwords_in_urls_are_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask_passwords(text) == masked


def test_a_stack_keeps_no_password_of_a_url_whatever_its_attribute() -> None:
    sent = {
        "icclab.disco.components.heat.httpproxy": "http://me:s3cret@proxy:3128",
        "icclab.disco.components.spark.conf.spark.jars": "https://me:s3cret@jars.corp/a.jar",
    }
    assert "s3cret" not in str(stored_attributes(sent, (), (), ""))


def test_families_of_properties_are_masked_too() -> None:
    assert mask_value({"a": "http://u:p@h", "b": 1}) == {"a": "http://u:***@h", "b": 1}
