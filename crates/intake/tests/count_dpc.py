"""Rows per table that survey files (FF1, EFn, EFg) should give, from the text alone.

Usage: count_dpc.py FILE... Prints `table count` lines. The files must be one facility's, in order
of patients. Shares no code with the reader, but its author: where both misread the text, both agree."""
import sys
from collections import Counter

DISEASES = {"A006010", "A006020", "A006030", "A006031", "A006040", "A006050"}
# values with a table of their own, by code
ELSEWHERE = {
    "A000010": {1, 2, 3}, "A000020": {1, 2, 5}, "A000030": {1, 2}, "A000040": {2},
    "A001010": {2, 3, 4}, "A003010": {2, 3}, "A007010": {1, 2, 4},
}
rows = Counter()
identities = set()
stays = set()
files = []
for path in sys.argv[1:]:
    text = open(path, "rb").read().decode("cp932")
    lines = [line.split("\t") for line in text.split("\r\n") if line]
    files.append([line for line in lines if line[0].isdigit()])

for lines in files:
    if lines and len(lines[0]) == 17:
        visits, persons = set(), set()
        for line in lines:
            code, value = line[5], dict(enumerate(line[8:17], 1))
            key = tuple(line[1:5])
            if code == "A000020":
                stays.add((line[1], line[2]))
            if code in ("A000020", "A000030", "A000040"):
                visits.add(key)
            if code == "A000030" and value[3] in ("6", "7"):
                rows["death"] += 1
            if code == "A000010":
                persons.add((line[1], value[1], value[2], value[3]))
                identities.add((line[1], value[1], value[2], value[3], ""))
            skip = ELSEWHERE.get(code, set())
            if code in DISEASES:
                rows["condition_occurrence"] += 1
                skip = {2, 4, 5, 6, 7, 8, 9}
            if code == "A007010":
                rows["procedure_occurrence"] += 1
            if code in ("A001010", "A003010"):
                rows["measurement"] += sum(bool(value[n]) for n in skip)
            rows["observation"] += sum(bool(value[n]) for n in range(1, 9) if n not in skip)
            rows["note"] += bool(value[9]) and 9 not in skip
        rows["visit_occurrence"] += len(visits)
        rows["person"] += len(persons)

for lines in files:
    if not lines or len(lines[0]) != 31:
        continue
    out = sum(a[2] < a[3] for a in lines) > sum(a[2] > a[3] or a[2] == "0" * 8 for a in lines)
    visits, persons, plans = set(), set(), set()
    for line in lines:
        who = (line[2], line[16][2:3]) if out else ("", "")
        identities.add((line[1], *who, "", line[21]))
        if out:
            visits.add((line[1], line[3]))
            persons.add((line[1], line[2], line[16][2:3]))
        elif (line[1], line[3]) not in stays:
            visits.add((line[1], line[3]))
        if line[21]:
            plans.add((line[1], line[3], line[21]))
        code = line[8]
        if line[4] == "SY":
            rows["condition_occurrence"] += 1
        elif line[6] == "000":
            rows["procedure_occurrence"] += 1
            rows["cost"] += any(line[17:20])
            rows["note"] += not line[7] and not code and bool(line[10])
        elif code[:1] in ("1", "9") or not code and line[7]:
            rows["procedure_occurrence"] += 1
        elif code[:1] == "6":
            rows["drug_exposure"] += 1
        elif code[:1] == "7":
            rows["device_exposure"] += 1
        elif code[:1] == "8":
            rows["note" if line[10] else "observation"] += 1
        else:
            raise SystemExit("a detail without a code that is counted")
    rows["visit_occurrence"] += len(visits)
    rows["person"] += len(persons)
    rows["payer_plan_period"] += len(plans)
rows["identity"] = len(identities)
for name, count in sorted(rows.items()):
    if count:
        print(name, count)
