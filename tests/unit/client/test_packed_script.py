"""A script travels packed, and is read by the service as it was written."""

from disco.client.packed_script import packed_script
from disco.user_packages import Bootstrap, read_bootstrap

TEXT = "#!/bin/sh\necho 'a line that is like others'\n" * 100


def test_the_service_reads_what_was_packed() -> None:
    packed = packed_script(TEXT)
    assert packed.isascii()
    assert packed.isprintable()
    assert len(packed) < len(TEXT) / 5
    assert read_bootstrap(packed) == Bootstrap(TEXT)


def test_the_same_script_is_packed_the_same_each_time() -> None:
    assert packed_script(TEXT) == packed_script(TEXT)


def test_an_address_stays_one() -> None:
    assert packed_script("https://example.org/x#sha512=1\n") == "https://example.org/x#sha512=1"
