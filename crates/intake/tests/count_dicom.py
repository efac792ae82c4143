"""Rows per table that a folder of DICOM objects should give, from PS3.5 and PS3.10 alone.

Usage: count_dicom.py FOLDER. Prints `table count` lines, and `CODE count` lines for the findings it can tell. It knows
of an object only whose it is and which series it belongs to. Shares no code with the reader, but its author: where
both misread the text, both agree."""
import sys
from collections import Counter, defaultdict
from pathlib import Path

LONG = {b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UT", b"UN", b"UC", b"UR", b"SV", b"UV"}
UNDEFINED = 0xFFFFFFFF


class Cut(Exception):
    """The bytes end before the element does."""


def element(data, at, explicit, order):
    """Tag, length and first byte of the value of the element at a byte."""
    if at + 8 > len(data):
        raise Cut
    number = lambda start, size: int.from_bytes(data[start:start + size], order)
    tag = (number(at, 2), number(at + 2, 2))
    if tag[0] == 0xFFFE or not explicit:
        return tag, number(at + 4, 4), at + 8
    if data[at + 4:at + 6] in LONG:
        if at + 12 > len(data):
            raise Cut
        return tag, number(at + 8, 4), at + 12
    return tag, number(at + 6, 2), at + 8


def skip(data, at, explicit, order):
    """The byte behind a sequence of undefined length that begins here."""
    while True:
        tag, length, at = element(data, at, explicit, order)
        if tag in ((0xFFFE, 0xE0DD), (0xFFFE, 0xE00D)):
            return at
        at = skip(data, at, explicit, order) if length == UNDEFINED else at + length


def header(data):
    """Values of the top level up to group 0020, by tag."""
    at, syntax, found = 0, None, {}
    if data[128:132] == b"DICM":
        at = 132
    while data[at:at + 2] == b"\x02\x00":
        tag, length, start = element(data, at, True, "little")
        found[tag] = data[start:start + length]
        at = start + length
    syntax = found.get((2, 0x10), b"").rstrip(b"\0 ")
    order = "big" if syntax == b"1.2.840.10008.1.2.2" else "little"
    explicit = syntax != b"1.2.840.10008.1.2"
    if not syntax:
        # Two capitals behind the tag are a value representation.
        order = "big" if data[at] == 0 else "little"
        explicit = data[at + 4:at + 6].isalpha() and data[at + 4:at + 6].isupper()
    while at < len(data):
        tag, length, start = element(data, at, explicit, order)
        if tag > (0x20, 0xE):
            break
        if length == UNDEFINED:
            # A value of unknown representation is written implicitly inside.
            unknown = explicit and data[at + 4:at + 6] == b"UN"
            at = skip(data, start, explicit and not unknown, order)
        else:
            if start + length > len(data):
                raise Cut
            found[tag] = data[start:start + length]
            at = start + length
    return {tag: value.strip(b"\0 ") for tag, value in found.items()}


rows, stated, objects = Counter(), defaultdict(set), []
for path in sorted(Path(sys.argv[1]).rglob("*")):
    if path.suffix != ".dcm":
        continue
    data = path.read_bytes()
    if data[128:132] != b"DICM" and data[:2] not in (b"\2\0", b"\0\2", b"\x08\0", b"\0\x08"):
        continue
    try:
        values = header(data)
    except Cut:
        rows["DICOM-BROKEN"] += 1
        continue
    patient = values.get((0x10, 0x20), b"")
    if not patient:
        rows["DICOM-PATIENT"] += 1
        continue
    birth, sex = values.get((0x10, 0x30), b""), values.get((0x10, 0x40), b"")
    birth = birth if len(birth) == 8 and birth.isdigit() else b""
    sex = sex if sex in (b"M", b"F", b"O") else b""
    stated[patient].add((birth, sex))
    name = values.get((0x10, 0x10), b"")
    objects.append((patient, values.get((0x20, 0xE)) or path, (birth, sex), name))


def conflict(patient):
    births, sexes = ({one[n] for one in stated[patient]} - {b""} for n in (0, 1))
    return len(births) > 1 or len(sexes) > 1


rows["DICOM-CONFLICT"] = sum(conflict(patient) for patient, *_ in objects)
kept = [one for one in objects if not conflict(one[0])]
rows["image_occurrence"] = len({(patient, series) for patient, series, *_ in kept})
rows["identity"] = len({(patient, who, name) for patient, _, who, name in kept})
rows["person"] = len({(patient, who) for patient, _, who, _ in kept})
for name, count in sorted(rows.items()):
    print(name, count)
