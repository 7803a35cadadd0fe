import ast
import re
import subprocess

import pytest

from disco.heat.template.bare_script import bare, without_comments
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


PYTHON = re.compile(r"<<'PYTHON'\n(.*?)^PYTHON$\n", re.M | re.S)


def programs(text):
    """The programs in here-documents, as Python understands them, without docstrings."""
    trees = []
    for program in PYTHON.findall(text):
        tree = ast.parse(re.sub(r"\$\{\w+\}", "1", program))  # what the node fills in
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
                node
            ):
                node.body = node.body[1:]
        trees.append(ast.dump(tree))
    return trees


@pytest.mark.parametrize("name", sorted(SHELL))
def test_a_bare_library_does_what_it_did(name):
    short = bare(SHELL[name])
    assert len(short) < len(SHELL[name])
    assert programs(short) == programs(SHELL[name])

    def without_blank_lines(text):
        # blank lines and comments of here-documents are those of files
        lines = (line for line in functions(PYTHON.sub("PROGRAM\n", text)).splitlines())
        return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    ours, theirs = without_blank_lines(short), without_blank_lines(SHELL[name])
    remark = [line.partition(" # ")[0].rstrip() for line in theirs]
    assert [line.partition(" # ")[0].rstrip() for line in ours] == remark


def test_the_first_line_and_exceptions_of_shellcheck_stay():
    text = "#!/bin/bash\n# words\n# shellcheck disable=SC1\nf() {\n  a # b\n}\n"
    assert bare(text) == "#!/bin/bash\n# shellcheck disable=SC1\nf() {\na\n}\n"


def test_a_here_document_keeps_its_indentation():
    text = "f() {\n  cat <<'UNIT'\nif x:\n    y\n\nUNIT\n  g <<<word\n}\n"
    assert bare(text) == "f() {\ncat <<'UNIT'\nif x:\n    y\nUNIT\ng <<<word\n}\n"


def test_a_program_keeps_its_blocks_and_loses_its_docstrings():
    text = 'cat <<\'PYTHON\'\ndef f():\n    """Words\n    of it."""\n    if x:\n        y\nPYTHON\n'
    assert bare(text) == "cat <<'PYTHON'\ndef f():\n if x:\n  y\nPYTHON\n"


def test_whole_lines_of_comment_are_left_out_whatever_is_quoted_on_others():
    text = "#!/bin/bash\n# words\n# shellcheck disable=SC1\na='b'\\''c # d'\n# e\n"
    short = "#!/bin/bash\n# shellcheck disable=SC1\na='b'\\''c # d'\n"
    assert without_comments(text) == short
