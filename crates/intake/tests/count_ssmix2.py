"""Rows per table that an SS-MIX2 store should give, from the text of the specification alone.

Usage: count_ssmix2.py FOLDER. Prints `table count` lines. Shares no code with the reader, but its
author: where both misread the text, both agree."""
import os
import re
import sys
from collections import Counter, defaultdict

rows = Counter()
patients = defaultdict(list)
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        part = name.split("_")
        if len(part) == 7 and part[6] == "1":
            raw = open(os.path.join(folder, name), "rb").read()
            # FS ends a block of MLLP. None of the samples was cut: no last segment lacks anything.
            rows["SSMIX-TRUNCATED"] += 0
            rows["SSMIX-UNTERMINATED"] += not raw.endswith((b"\r", b"\n", b"\x1c"))
            lines = [l for l in re.split("[\r\n]", raw.decode("iso2022_jp")) if l]
            segments = [l.split("|") for l in lines]
            patients[part[0]].append((part[2], segments))


def field(s, n):
    return s[n] if len(s) > n else ""


def part(s, n, c):
    p = field(s, n).split("~")[0].split("^")
    return p[c - 1] if len(p) >= c else ""


for patient, messages in patients.items():
    good = []
    for kind, segments in messages:
        pid = next(s for s in segments if s[0] == "PID")
        if part(pid, 3, 1) == patient:
            good.append((kind, segments, pid))
    master = [(field(p, 7)[:8], field(p, 8)) for k, _, p in good if k == "ADT-00"]
    if master:
        good = [g for g in good if (field(g[2], 7)[:8], field(g[2], 8)) == master[0]]
    said, persons, payers, facts, studies = set(), set(), set(), set(), set()
    admissions, discharges = [], []
    for kind, segments, pid in good:
        def address(s):
            return (part(s, 11, 5).replace("-", ""), part(s, 11, 8))
        phones = [r.split("^")[11] for n in (13, 14) for r in field(pid, n).split("~") if len(r.split("^")) > 11 and r.split("^")[11]]
        person = (field(pid, 5), field(pid, 7), field(pid, 8), address(pid), phones[0] if phones else "")
        persons.add((field(pid, 7), field(pid, 8), address(pid)[0]))
        insured = [s for s in segments if s[0] in ("IN1", "ZI1")]
        for s in insured:
            said.add((person, field(s, 3), field(s, 10), field(s, 11), part(s, 17, 1)))
            payers.add((field(s, 12), field(s, 13), field(s, 3)[:2], part(s, 17, 1)))
        if not insured:
            said.add((person, "", "", "", ""))
        names = [s[0] for s in segments]
        pv1 = next((s for s in segments if s[0] == "PV1"), [])
        if kind in ("ADT-12", "ADT-42", "ADT-31", "ADT-32"):
            rows["visit_occurrence"] += 1
        if kind == "ADT-22":
            admissions.append(field(pv1, 44))
        if kind == "ADT-52":
            discharges.append(field(pv1, 45))
        plain, parent_skipped = False, False
        group_has_rxc = False
        for i, s in enumerate(segments):
            if s[0] == "ORC":
                control = field(s, 1)
                plain = plain or control == "NW"
                skip = control == "PA" and plain
            if s[0] == "OBX":
                if field(s, 2) in ("TX", "FT"):
                    rows["note"] += 1
                elif field(s, 2) not in ("XCN", "TS", "DT"):
                    rows["measurement"] += 1
            if s[0] == "OBR" and kind.startswith("OMG") and not skip:
                rows["procedure_occurrence"] += 1
            if s[0] == "OBR":
                request = part(s, 4, 1)
            if s[0] == "ZE1" and part(s, 3, 1) != request:
                rows["procedure_occurrence"] += 1
            if s[0] == "ODS":
                rows["procedure_occurrence"] += 1
                rows["note"] += bool(field(s, 4))
            if s[0] == "RXE":
                behind = names[i + 1:]
                end = next((j for j, n in enumerate(behind) if n in ("ORC", "RXE")), len(behind))
                components = behind[:end].count("RXC")
                rows["drug_exposure"] += components or 1
            if s[0] == "RXA":
                rows["drug_exposure"] += 1
            if s[0] == "PRB":
                rows["condition_occurrence"] += 1
                rows["note"] += bool(field(s, 17))
            if s[0] in ("AL1", "IAM"):
                facts.add((part(s, 2, 1), field(s, 3), field(s, 4)))
            if s[0] == "DB1":
                facts.add(("DB1", field(s, 2), field(s, 4)))
            if s[0] == "IPC":
                studies.add(field(s, 3))
            if s[0] == "ZE2":
                rows["measurement"] += sum(bool(field(s, n)) for n in (2, 3, 4, 5, 6))
                rows["note"] += bool(field(s, 7))
            if s[0] == "NTE":
                rows["note"] += bool(field(s, 3))
    # A stay is one row from admission to discharge; a discharge without admission is a row of its own.
    rows["visit_occurrence"] += max(len(admissions), len(discharges))
    rows["identity"] += len(said)
    rows["person"] += len(persons)
    rows["payer_plan_period"] += len(payers)
    rows["observation"] += len(facts)
    rows["image_occurrence"] += len(studies)
for name, count in sorted(rows.items()):
    print(name, count)
