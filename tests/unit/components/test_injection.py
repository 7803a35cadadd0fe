import time

import pytest

from disco.attributes import INJECT
from disco.components.injection import parse_injection
from disco.errors import InvalidRequest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        (" {}", {}),
        ("{}", {}),
        ("{'hadoop': '', 'spark': ''}", {"hadoop": "", "spark": ""}),
        ('{"dask": "", "jupyter": "4.6.6"}', {"dask": "", "jupyter": "4.6.6"}),
        ("{'dask': 'installed',}", {"dask": "installed"}),
        ('{"d\\u0061sk": ""}', {"dask": ""}),
        ("{'dask':\n ''}", {"dask": ""}),
    ],
)
def test_dictionaries(text, expected):
    assert parse_injection(text) == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("__import__('os').system('true')", "dictionary"),
        ("{'a': __import__('os').system('true')}", "code"),
        ("{'a': open('/etc/passwd')}", "code"),
        ("{**{'a': ''}}", "code"),
        ("{'a' 'b': f'{1}'}", "code"),
        ("{x: '' for x in 'abc'}", "dictionary"),
        ("['dask']", "dictionary"),
        ('["dask"]', "dictionary"),
        ("'dask'", "dictionary"),
        ("1", "dictionary"),
        ("dask", "dictionary"),
        ("{'dask'}", "dictionary"),
        ("{'dask': ''", "neither"),
        ("dask jupyter", "neither"),
        ("\x00", "neither"),
        ("{'dask': 1}", "not text"),
        ("{'dask': None}", "not text"),
        ("{'dask': ['']}", "not text"),
        ("{'dask': {'version': '1'}}", "attributes"),
        ('{"dask": {"version": "1"}}', "attributes"),
        ("{1: ''}", "name"),
        ("{'': ''}", "name"),
        ("{'dask': '', 'dask': '1'}", "twice"),
        ('{"dask": "", "dask": "1"}', "twice"),
        ("{'a': '%s'}" % ("x" * 5000), "longer"),
        ("{'a': " * 9 + "''" + "}" * 9, "nested"),
        ('{"a": ' * 10000 + '""' + "}" * 10000, "longer"),
        ("[" * 2000, "nested"),
        ("{'a':" + "-" * 3000 + "1}", "nested"),
        ("{'a':" + "not " * 900 + "1}", "code"),
        ("{'a':" + "x" + ".x" * 1900 + "}", "code"),
        ("{'a':" + "lambda:" * 500 + "1}", "code"),
    ],
)
def test_what_is_no_flat_dictionary_is_refused_in_words(text, word):
    start = time.monotonic()
    with pytest.raises(InvalidRequest) as caught:
        parse_injection(text)
    assert time.monotonic() - start < 2
    assert all(f.attribute == INJECT and f.allowed for f in caught.value.faults)
    assert word in caught.value.message
    assert len(caught.value.message) < 1000


def test_all_faults_come_at_once():
    with pytest.raises(InvalidRequest) as caught:
        parse_injection("{'a': 1, 2: '', 'b': {}}")
    assert len(caught.value.faults) == 3
