#!/usr/bin/env python3
"""Validates the checkup and guidance documents of a folder of zips against the official schemas.

    validate_checkups.py SCHEMAS ZIPS      prints how many files are valid; exit status 3 without lxml
"""
import sys
import zipfile
from pathlib import Path

try:
    from lxml import etree
except ImportError:
    sys.exit(3)

schemas, zips = Path(sys.argv[1]), Path(sys.argv[2])
loaded = {}


def schema(name):
    if name not in loaded:
        loaded[name] = etree.XMLSchema(etree.parse(str(schemas / f"{name}_V08.xsd")))
    return loaded[name]


valid = 0
for path in sorted(zips.glob("*.zip")):
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None, path
        for member in packed.namelist():
            name = Path(member).name
            of = schema({"h": "hc08", "g": "hg08"}.get(name[0], name[:4]))
            assert of.validate(etree.fromstring(packed.read(member))), (member, of.error_log.last_error)
            valid += 1
print(valid)
