import subprocess

import pytest

from disco.heat.template.bare_script import bare
from tests.support.shipped import CATALOGUE

SHELL = {n: t for n, t in CATALOGUE["shell"].templates.items() if n.endswith(".sh")}


def functions(text):
    """What bash makes of it: functions, printed in its own way."""
    done = subprocess.run(
        ["bash", "-c", "source /dev/stdin; declare -f"],
        input=text.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode()


@pytest.mark.parametrize("name", sorted(SHELL))
def test_a_bare_library_does_what_it_did(name):
    short = bare(SHELL[name])
    assert len(short) < len(SHELL[name])

    def without_blank_lines(text):
        # blank lines and comments of here-documents are Python's
        lines = (line for line in functions(text).splitlines())
        return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    ours, theirs = without_blank_lines(short), without_blank_lines(SHELL[name])
    remark = [line.partition(" # ")[0].rstrip() for line in theirs]
    assert [line.partition(" # ")[0].rstrip() for line in ours] == remark


def test_the_first_line_and_exceptions_of_shellcheck_stay():
    text = "#!/bin/bash\n# words\n# shellcheck disable=SC1\nf() {\n  a # b\n}\n"
    assert bare(text) == "#!/bin/bash\n# shellcheck disable=SC1\nf() {\na\n}\n"


def test_a_here_document_keeps_its_indentation():
    text = "f() {\n  cat <<'PYTHON'\nif x:\n    y\n\nPYTHON\n  g <<<word\n}\n"
    assert bare(text) == "f() {\ncat <<'PYTHON'\nif x:\n    y\nPYTHON\ng <<<word\n}\n"
