"""Rows per table that a claim file should give, from the text of the specification alone.

Usage: count_uke.py FILE. Prints `table count` lines. Shares no code with the reader, but its
author: where both misread the text, both agree."""
import sys
from collections import Counter

text = open(sys.argv[1], "rb").read().replace(b"\x1a", b"").decode("cp932")
rows = Counter()
claims, claim = [], None
for line in text.splitlines():
    f = line.split(",")
    if f[0] == "RE":
        claim = [f]
        claims.append(claim)
    elif f[0] in ("IR", "GO"):
        claim = None
    elif claim is not None:
        claim.append(f)

said, persons = set(), set()
for claim in claims:
    re = claim[0]
    patient = re[13]
    ho = next((f for f in claim if f[0] == "HO"), None)
    ko = next((f for f in claim if f[0] == "KO"), None)
    sn = next((f for f in claim if f[0] == "SN" and f[1] == "1"), None)
    if ho:
        key = (ho[1].strip(), ho[2], ho[3], sn[6] if sn else "")
    elif ko and ko[2].strip("0 "):
        key = (ko[1].strip(), "", ko[2], "")
    else:
        key = ("", "", "", "")
    kind = {"1": "self", "2": "self", "3": "dep", "4": "dep", "5": "dep", "6": "dep"}.get(re[2][-1], "")
    said.add((patient, re[4].strip(), re[36], re[5], re[6], key, kind))
    persons.add((patient, re[5], re[6]))
    rows["visit_occurrence"] += 1
    rows["note"] += 1 if re[20] else 0
    rows["observation"] += len(re[37]) // 3
    for f in claim[1:]:
        kind = f[0]
        comments = []
        if kind == "HO":
            rows["payer_plan_period"] += 1
        if kind in ("HO", "KO"):
            rows["cost"] += 1
        if kind == "SY":
            rows["condition_occurrence"] += 1
            rows["death"] += f[3] == "3"
            rows["note"] += bool(f[7])
        table, first = {"SI": ("procedure_occurrence", 13), "IY": ("drug_exposure", 13), "TO": ("device_exposure", 17)}.get(kind, (None, 0))
        if table:
            days = [d for d in f[first:first + 31] if d]
            rows[table] += max(1, len(days))
            start = 11 if kind == "TO" else 7
            comments = [(f[i], f[i + 1]) for i in (start, start + 2, start + 4) if f[i]]
        if kind == "CO":
            comments = [(f[3], f[4])]
        if kind == "SJ":
            rows["note"] += bool(f[2])
        for code, value in comments:
            pattern = code[1:3]
            if pattern == "10":
                rows["note"] += bool(value)
                continue
            rows["observation"] += 1
            if pattern == "30":
                rows["note"] += bool(value)
            elif pattern == "50":
                # seven full-width digits of an era date; anything behind or instead is text
                date = value[:7]
                rest = value[7:] if len(date) == 7 and date.isdigit() else value
                rows["note"] += bool(rest)
            elif pattern == "20":
                rows["note"] += bool(value)
            else:
                raise SystemExit("the sample has no pattern " + pattern)
rows["identity"] = len(said)
rows["person"] = len(persons)
for name, count in sorted(rows.items()):
    print(name, count)
