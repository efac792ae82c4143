"""Rows per table that a claim file should give, from the text of the specifications alone.

Usage: count_uke.py FILE [MASTERS]. Prints `table count` lines, and with a folder of claim masters how often a code is
in none of them, or was abolished by the day of care (medical claims only). Shares no code with the reader, but its
author: where both misread the text, both agree."""
import csv
import re as regex
import sys
from collections import Counter
from pathlib import Path

text = open(sys.argv[1], "rb").read().replace(b"\x1a", b"").decode("cp932")
rows = Counter()
claims, claim, insurer = [], None, None
for line in text.splitlines():
    f = line.split(",")
    mark = None
    if f[0].isdigit():
        mark, f = f[0], f[3:]
    if insurer is None:
        insurer = f[0] == "MN"
    if mark not in (None, "1") and f[0] != "MN":
        continue  # what the payer corrected or added
    if f[0] == "RE":
        claim = [f]
        claims.append(claim)
    elif f[0] in ("IR", "GO", "UK", "YK", "MN", "HI", "HG"):
        claim = None
    elif claim is not None:
        claim.append(f)

# A notice that a claim was returned is no claim.
claims = [c for c in claims if [f[0] for f in c[1:]] != ["HR"] * (len(c) - 1) or len(c) == 1]
said, persons = set(), set()


def comment(code, value):
    pattern = code[1:3]
    if pattern == "10":
        rows["note"] += bool(value)
        return
    rows["observation"] += 1
    if pattern in ("20", "30"):
        rows["note"] += bool(value)
    elif pattern == "50":
        # seven full-width digits of an era date; anything behind or instead is text
        rest = value[7:] if regex.match(r"\d{7}", value) else value
        rows["note"] += bool(rest)
    else:
        raise SystemExit("the samples have no pattern " + pattern)


def filled(f, first, count=31):
    return [d for d in f[first:first + count] if d]


def medical(f):
    if f[0] == "SY":
        rows["condition_occurrence"] += 1
        rows["death"] += f[3] == "3"
        rows["note"] += bool(f[7])
    table = {"SI": "procedure_occurrence", "IY": "drug_exposure", "TO": "device_exposure"}.get(f[0])
    if table:
        first, start = (17, 11) if f[0] == "TO" else (13, 7)
        rows[table] += max(1, len(filled(f, first)))
        for at in (start, start + 2, start + 4):
            if f[at]:
                comment(f[at], f[at + 1])
    if f[0] == "CO":
        comment(f[3], f[4])
    if f[0] == "SJ":
        rows["note"] += bool(f[2])


def dpc(f):
    if f[0] == "BU":
        rows["observation"] += 1
        rows["death"] += f[4] in ("6", "7")
        rows["note"] += bool(f[5])
    elif f[0] == "SB":
        rows["condition_occurrence"] += 1
        rows["observation"] += 1
        rows["note"] += bool(f[7])
    elif f[0] == "KK":
        rows["observation"] += sum(bool(f[n]) for n in (2, 3, 4, 5, 6, 7, 8, 10, 13))
        rows["note"] += bool(f[11])
    elif f[0] == "SK":
        rows["observation"] += 1
        rows["note"] += bool(f[6])
    elif f[0] == "CD":
        table = {"6": "drug_exposure", "7": "device_exposure"}.get(f[5][0], "procedure_occurrence")
        rows[table] += 1
    else:
        medical(f)


def dental(f):
    if f[0] == "HS":
        rows["condition_occurrence"] += 1
        if f[10]:
            comment(f[10], f[11])
    elif f[0] == "SS":
        days = max(1, len(filled(f, 78)))
        rows["procedure_occurrence"] += days * (1 + len([c for c in f[6:76:2] if c]))
    elif f[0] == "SI":
        rows["procedure_occurrence"] += max(1, len(filled(f, 7)))
    elif f[0] == "IY":
        rows["drug_exposure"] += max(1, len(filled(f, 8)))
    elif f[0] == "TO":
        rows["device_exposure"] += max(1, len(filled(f, 14)))
    else:
        medical(f)


def dispensing(claim):
    times, used = 0, False
    for f in claim[1:]:
        if f[0] == "SH":
            times, used = 0, False
        if f[0] == "CZ":
            times, used = (1 if used else times + 1), False
            codes = [f[9], f[55], f[60], f[63]] + f[16:44:3]
            rows["procedure_occurrence"] += len([c for c in codes if c])
        if f[0] in ("IY", "TO"):
            used = True
            table = "drug_exposure" if f[0] == "IY" else "device_exposure"
            rows[table] += max(1, times)
        if f[0] in ("CO", "TK"):
            comment(f[1], f[2])
        if f[0] == "KI":
            codes = [f[4]] + f[8:55:4] + f[56:67:4] + f[70:109:4]
            rows["procedure_occurrence"] += len([c for c in codes if c])


for claim in claims:
    re = claim[0]
    kind = {"3": "dental", "4": "dispensing"}.get(re[2][0], "dpc" if len(re) == 30 else "medical")
    number, kana, states, remark = {
        "medical": (13, 36, 37, 20), "dpc": (13, 28, 29, 22),
        "dental": (15, 25, 26, 21), "dispensing": (35, 41, None, 39)}[kind]
    detail = kind == "dpc" and re[18] in ("2", "3")
    ho = next((f for f in claim if f[0] == "HO"), None)
    ko = next((f for f in claim if f[0] == "KO"), None)
    sn = next((f for f in claim if f[0] == "SN" and f[1] == "1"), None)
    if ho:
        key = (ho[1].strip(), ho[2], ho[3], sn[6] if sn else "")
    elif ko and ko[2].strip("0 "):
        key = (ko[1].strip(), "", ko[2], "")
    else:
        key = ("", "", "", "")
    patient = (key, re[6]) if insurer else re[number]
    whose = {"1": "self", "2": "self", "3": "dep", "4": "dep", "5": "dep", "6": "dep"}.get(re[2][-1], "")
    said.add((patient, re[4].strip(), re[kana], re[5], re[6], key, whose))
    persons.add((patient, re[5], re[6]))
    rows["visit_occurrence"] += not detail
    rows["note"] += bool(re[remark])
    rows["observation"] += len(re[states]) // 3 if states else 0
    for f in claim[1:]:
        rows["payer_plan_period"] += f[0] == "HO"
        rows["cost"] += f[0] in ("HO", "KO") and not detail
        if kind != "dispensing":
            {"medical": medical, "dpc": dpc, "dental": dental}[kind](f)
    if kind == "dispensing":
        dispensing(claim)


def read_masters(folder):
    """By first digit of the code (7 digits: disease) the days from which and until which codes held, by code."""
    masters = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix not in (".csv", ".txt") or path.name.startswith("LICENSE"):
            continue
        for row in csv.reader(path.read_bytes().decode("cp932").splitlines()):
            code = row[22] if row[2] == "8" else row[2]
            columns = {"1": (86, 87), "6": (29, 30), "7": (27, 29), "8": (20, 21)}.get(code[0]) \
                if len(code) == 9 else {7: (22, 23), 4: (14, 15)}[len(code)]
            start, end = (row[n] if len(row) > n and row[n].strip("0") else default
                          for n, default in zip(columns, ("00000000", "99999999")))
            kind = code[0] if len(code) == 9 else len(code)
            masters.setdefault(kind, {}).setdefault(code, []).append((start, end))
    return masters


def look_up(masters):
    """Findings of medical claims."""
    rows["UKE-MASTER-UNKNOWN"] = rows["UKE-MASTER-EXPIRED"] = 0
    for claim in claims:
        month = claim[0][3]
        for f in claim[1:]:
            asked = {"SY": [1], "SI": [3, 7, 9, 11], "IY": [3, 7, 9, 11], "CO": [3],
                     "TO": [3, 11, 13, 15]}.get(f[0], [])
            first = {"SI": 13, "IY": 13, "TO": 17}.get(f[0])
            days = [n + 1 for n in range(31) if first and f[first + n]]
            for at in asked:
                code = f[at]
                held = masters.get(7 if f[0] == "SY" else code[:1], None)
                if not code or held is None:
                    continue
                date = month + (f"{days[0]:02}" if days and at == 3 else "01")
                if code not in held:
                    rows["UKE-MASTER-UNKNOWN"] += 1
                    continue
                versions = sorted(held[code])
                begun = [one for one in versions if one[0] <= date] or versions[:1]
                rows["UKE-MASTER-EXPIRED"] += date > begun[-1][1]


if len(sys.argv) > 2:
    look_up(read_masters(sys.argv[2]))
rows["identity"] = len(said)
rows["person"] = len(persons)
for name, count in sorted(rows.items()):
    print(name, count)
