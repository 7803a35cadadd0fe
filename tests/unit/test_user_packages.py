"""What is read of lists of packages, scripts and variables, and what never reaches a shell."""

from __future__ import annotations

import base64
import gzip
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disco.user_packages import (
    LONGEST_SCRIPT,
    MOST,
    Bootstrap,
    UserPackages,
    check_script,
    check_variable,
    list_variable_faults,
    parse_apt,
    parse_jars,
    parse_pip,
    read_bootstrap,
    requirement_name,
)

DIGEST = "0123456789abcdef" * 8
#: what would be a command, an option, a file or another line
ATTACKS = (
    "a;id",
    "$(id)",
    "`id`",
    "a|id",
    "a&id",
    "a>b",
    "'a'",
    '"a"',
    "a\\b",
    "a\x00b",
    "a\x1bb",
    "a\u2028b",
    "\uff41",
    "--index-url",
    "--index-url=https://evil.example",
    "-r",
    "-rfile",
    "-e",
    "-",
    "-o=Dir::Etc=/tmp",
    "./here",
    "/etc/passwd",
    "../x",
    "~/x",
    "file:///etc/passwd",
    "git+https://example.org/x",
    "a@https://example.org/x.whl",
    "a" * 300,
)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("parse", [parse_apt, parse_pip, parse_jars])
def test_what_is_no_name_is_refused_alone_and_among_names(parse, attack):
    for text in (attack, f"requests,{attack}", f"{attack} requests"):
        with pytest.raises(
            ValueError, match=r"is (not|neither)|name of a file|does not lead|after #"
        ):
            parse(text)


@given(st.text(max_size=60))
def test_whatever_passes_is_words_of_the_shell_that_are_no_options(text):
    for parse in (parse_apt, parse_pip):
        try:
            words = parse(text)
        except ValueError:
            continue
        for word in words:
            assert word.isascii()
            assert word.isprintable()
            assert word[0].isalnum()
            assert not set(word) & set(" \t\n;&|$`\"'\\(){}*?#")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("htop", ("htop",)),
        ("htop, tree", ("htop", "tree")),
        ("g++ libc6:amd64 libstdc++6=12.2.0-14+deb12u1", None),
        ("linux-image-6.1=6.1.0~rc1", None),
    ],
)
def test_packages_of_the_distribution(text, found):
    assert parse_apt(text) == (tuple(text.split()) if found is None else found)


def test_apt_is_not_asked_to_remove_a_package():
    with pytest.raises(ValueError, match="'bash-' is not the name"):
        parse_apt("htop bash-")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("requests", ("requests",)),
        ("numpy>=1,<2, requests", ("numpy<2,>=1", "requests")),
        ("numpy >=1,  <2", None),
        ("ray[data,train]==2.60.0 polars", ("ray[data,train]==2.60.0", "polars")),
        ("a~=1.4,b!=2", ("a~=1.4", "b!=2")),
        ("torch==2.1.0+cpu", ("torch==2.1.0+cpu",)),
    ],
)
def test_python_packages_with_versions_and_extras(text, found):
    if found is None:
        with pytest.raises(ValueError, match="'>=1,'"):
            parse_pip(text)
        return
    assert parse_pip(text) == found


@pytest.mark.parametrize(
    "text", ["a==", "a==1.x.y", "a=1", "a===1", "a; python_version<'3'", "a.zip"]
)
def test_versions_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match=text.split(";")[0][:3]):
        parse_pip(text)


def test_all_that_is_wrong_is_named_at_once_and_the_rest_counted():
    with pytest.raises(ValueError, match=r"'-a'.*'-b'.*'-e'.*; and 2 more"):
        parse_pip("ok -a -b -c -d -e -f -g")


@pytest.mark.parametrize("parse", [parse_apt, parse_pip, parse_jars])
def test_ten_thousand_entries_are_too_many(parse):
    with pytest.raises(ValueError, match=f"has 10000 entries, and at most {MOST} are taken"):
        parse(",".join(f"p{i}" for i in range(10_000)))


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_apt, "htop htop=3"),
        (parse_pip, "Foo.Bar foo-bar==2"),
        (parse_jars, "g:a:1 other:a:1"),
    ],
)
def test_what_is_listed_twice_is_refused(parse, text):
    with pytest.raises(ValueError, match="is listed twice"):
        parse(text)


def test_names_of_python_packages_are_compared_in_one_spelling():
    assert requirement_name("Foo.Bar_x[y]>=1") == "foo-bar-x"


def test_maven_coordinates_become_a_file_and_two_addresses():
    (jar,) = parse_jars(f"org.postgresql:postgresql:42.7.4#sha512={DIGEST}")
    assert jar.file == "postgresql-42.7.4.jar"
    assert jar.urls[0] == (
        "https://repo1.maven.org/maven2/org/postgresql/postgresql/42.7.4/postgresql-42.7.4.jar"
    )
    assert (len(jar.urls), jar.sha512) == (2, DIGEST)
    assert parse_jars("g:a:1:linux")[0].file == "a-1-linux.jar"


def test_an_address_of_a_library_keeps_its_file_name():
    (jar,) = parse_jars("https://example.org/x/y-1.jar")
    assert (jar.file, jar.urls, jar.sha512) == ("y-1.jar", ("https://example.org/x/y-1.jar",), "")


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org/a.jar",
        "https://user:pw@example.org/a.jar",
        "https://example.org/a.sh",
        "https://example.org/",
        "https://example.org/../a.jar",
        "https://example.org/a.jar#md5=1",
        "https://example.org/a.jar#sha512=12",
        "g:..:1",
        "g:a:..",
        "g:a",
        "g/h:a:1",
    ],
)
def test_libraries_come_by_coordinates_or_tls_alone(text):
    with pytest.raises(ValueError, match=r"^'(g|http)"):
        parse_jars(text)


# -- scripts -------------------------------------------------------------------


def sent(text: str | bytes, packed: bool = True) -> str:
    data = text.encode() if isinstance(text, str) else text
    return base64.b64encode(gzip.compress(data) if packed else data).decode()


@pytest.mark.parametrize("packed", [True, False])
def test_a_script_is_read_as_it_was_sent(packed):
    text = "#!/bin/sh\necho 'grüezi' \"$HOME\"\tx\n"
    assert read_bootstrap(sent(text, packed)) == Bootstrap(text)


def test_an_address_needs_a_digest():
    url = "https://example.org/setup.sh"
    assert read_bootstrap(f"{url}#sha512={DIGEST}") == Bootstrap(url=url, sha512=DIGEST)
    with pytest.raises(ValueError, match="has no digest"):
        read_bootstrap(url)
    with pytest.raises(ValueError, match="is not an https URL"):
        read_bootstrap(f"http://example.org/x#sha512={DIGEST}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("echo hi", "is not base64"),
        ("////", "is not text in UTF-8"),
        (sent("  \n"), "is empty"),
        (sent("a\r\nb"), "carriage returns"),
        (sent("a\x00b"), r"U\+0000"),
        (sent("a\x1b[1m"), r"U\+001B"),
        (sent("echo @@SIGNAL@@"), "@@SIGNAL@@, which Heat may replace"),
        (sent("x" * (LONGEST_SCRIPT + 1)), f"more than {LONGEST_SCRIPT} bytes"),
        (sent("x" * (LONGEST_SCRIPT + 1), packed=False), f"there is room for {LONGEST_SCRIPT}"),
        (sent(b"x" * (1 << 27)), f"more than {LONGEST_SCRIPT} bytes"),
        (sent("echo hi")[:20], "cut off"),
        (
            base64.b64encode(gzip.compress(b"echo a\n") + gzip.compress(b"b")).decode(),
            "something behind",
        ),
        (base64.b64encode(gzip.compress(b"echo a\n") + b"\0" * 9).decode(), "something behind"),
        (base64.b64encode(b"\x1f\x8b" + b"x" * 20).decode(), "no gzip data"),
        (sent("echo hi".encode("utf-16")), "is not text in UTF-8"),
        (sent("\ufeffecho hi"), r"U\+FEFF"),
    ],
    ids=range(16),
)
def test_what_no_node_could_run_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        read_bootstrap(text)


def test_a_script_of_the_longest_length_is_taken():
    check_script("x" * LONGEST_SCRIPT)


# -- variables -----------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "Europe/Zurich", "a b=c;d|e&f", "ü", "https://x/?a=1&b=%20"])
def test_values_mean_the_same_to_every_reader(value):
    check_variable(value)
    script = f"export A='{value}'\nprintf %s \"$A\"\n"
    shown = subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=20)
    assert shown.stdout.decode() == value


@pytest.mark.parametrize(
    "value",
    [
        "a'b",
        'a"b',
        "a\\b",
        "$(id)",
        "`id`",
        "a#b",
        "a\nb",
        "a\x00",
        "\u2029",
        "x" * 901,
        "ü" * 451,
        "@@A@@",
    ],
)
def test_values_that_readers_take_for_something_else_are_refused(value):
    with pytest.raises(ValueError, match=r"character|longer|@@") as error:
        check_variable(value)
    assert "id" not in str(error.value).split()


@pytest.mark.parametrize(
    "name",
    ["", "1A", "A-B", "A B", "A=B", "A;id", "Ä", "A\nB", "x" * 65, "PATH", "LD_PRELOAD", "BASH_ENV",
     "DISCO_SIGNAL", "IFS", "https_proxy", "NO_PROXY"],
)  # fmt: skip
def test_names_that_cannot_be_variables(name):
    ((found, message, allowed),) = list_variable_faults([name])
    assert (found, bool(message), bool(allowed)) == (name, True, True)


def test_names_that_can_be_and_too_many_of_them():
    assert not list(list_variable_faults(["TZ", "PYTHONPATH", "my_var", "AWS_REGION"]))
    ((_, message, _),) = list_variable_faults([f"A{i}" for i in range(10_000)])
    assert message == "10000 variables"


def test_nothing_is_wanted_where_nothing_is_said():
    assert UserPackages.of({}) == UserPackages()
