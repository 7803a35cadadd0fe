"""Packaging of DISCO; tool settings are in pyproject.toml.

``data/`` and ``etc/`` stand at the top of the tree, where people look for them,
and travel in the package as ``disco/data`` and ``disco/etc``.
"""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'^__version__ = "(.+)"$', (HERE / "disco" / "__init__.py").read_text(), re.M)
assert VERSION is not None


def data_files(folder: str) -> list[str]:
    """Every file below ``folder``, as package_data wants them."""
    root = HERE / folder
    return [str(p.relative_to(root)) for p in sorted(root.rglob("*")) if p.is_file()]


setup(
    name="disco",
    version=VERSION.group(1),
    description="One HTTP request becomes a distributed computing cluster on OpenStack",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=[*find_packages(include=["disco", "disco.*"]), "disco.data", "disco.etc"],
    package_dir={"disco.data": "data", "disco.etc": "etc"},
    package_data={
        "disco.data": data_files("data"),
        "disco.etc": data_files("etc"),
        "disco": ["py.typed"],
    },
    install_requires=[
        "falcon>=4.0",
        "gunicorn>=22.0",
        "python-heatclient>=3.0",
        "python-keystoneclient>=5.0",
        "keystoneauth1>=5.0",
        # clouds.yaml, OS_* and --os-* as every OpenStack tool reads them; python-heatclient
        # brings it anyway
        "openstacksdk>=1.0",
        "requests>=2.28",
        "jinja2>=3.1",
        "pyyaml>=6.0",
        # cluster files are checked against a JSON schema
        "jsonschema>=4.18",
        # component.yaml: types, checks and its JSON schema
        "pydantic>=2.11",
        # ed25519 key pairs and HKDF: Nova makes no key pairs any more
        "cryptography>=41.0",
        # passwords of interfaces reach nodes only as argon2 hashes
        "argon2-cffi>=23.1",
    ],
    extras_require={
        "embedded": [
            "keystone>=27.0; python_version >= '3.11'",
            "openstack-heat>=24.0; python_version >= '3.11'",
            "cheroot>=10.0",
        ],
        "test": [
            # the dashboard in a browser; axe-core is what looks for barriers
            "selenium>=4.20",
            "axe-core-python>=0.1",
            # shells with a terminal, in which completions are typed
            "pexpect>=4.9",
            # requests made from the OpenAPI document
            "schemathesis>=4.0",
            # with subtests
            "pytest>=9.0",
            "pytest-randomly>=3.15",
            "pytest-xdist>=3.5",
            "requests-mock>=1.11",
            "hypothesis>=6.100",
            "python-openstackclient>=7.0",
        ],
        "lint": [
            "ruff>=0.6",
            "mypy>=1.11",
            "import-linter>=2.0",
            "types-PyYAML",
            "types-jsonschema",
            "types-requests",
        ],
    },
    entry_points={
        "console_scripts": [
            "service_manager=disco.server.service_manager:main",
            "disco=disco.cli.main:main",
        ],
        "disco.clouds": ["embedded=disco.embedded.command:run_embedded"],
    },
    classifiers=[
        "License :: OSI Approved :: Apache Software License",
        "Programming Language :: Python :: 3",
        "Environment :: OpenStack",
        "Topic :: System :: Clustering",
    ],
)
