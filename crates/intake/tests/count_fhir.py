"""Rows per table that FHIR files should give, from docs/readings/fhir.md alone.

Usage: count_fhir.py FOLDER [findings]. Prints `table count` lines, and with `findings` the lines
`CODE count` for texts and resources that are set aside. Shares no code with the reader, but its
author: where both misread the text, both agree."""
import base64
import json
import os
import re
import sys
from collections import Counter

rows, found = Counter(), Counter()
texts = []  # (resources with their url, is a bundle)


def flat(bundle):
    for entry in bundle.get("entry", []):
        resource = entry.get("resource", {})
        if resource.get("resourceType") == "Bundle":
            yield from flat(resource)
        else:
            yield entry.get("fullUrl", ""), resource


def take(value):
    if value.get("resourceType") == "Bundle":
        texts.append((list(flat(value)), True))
    else:
        texts.append(([("", value)], False))


for folder, _, names in os.walk(sys.argv[1]):
    for name in sorted(names):
        if not name.endswith(("json",)):
            continue
        text = open(os.path.join(folder, name), encoding="utf-8-sig").read()
        try:
            take(json.loads(text))
        except ValueError:
            lines = [line for line in text.splitlines() if line.strip()]
            try:
                for line in lines:
                    json.loads(line)
            except ValueError:
                found["FHIR-JSON"] += 1
                continue
            for line in lines:
                take(json.loads(line))

HOSPITAL = ("urn:oid:1.2.392.100495.20.3.51.", "urn:oid:1.2.392.200119.6.102.")
MEMBER = "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID"


def number(patient):
    best = []
    for i in patient.get("identifier", []):
        kind = (i.get("type", {}).get("coding") or [{}])[0].get("code")
        system, value = i.get("system", ""), i.get("value", "").strip()
        if not value or kind in ("SS", "DL", "PPN", "TAX"):
            continue
        if system.startswith(HOSPITAL):
            rank = 0
        elif kind in ("MR", "PI", "PT") or system.endswith("JP_Hospital_PatientID"):
            rank = 1
        else:
            rank = 3 if system == MEMBER else 2
        best.append((rank, len(best), value))
    return min(best)[2] if best else patient.get("id")


def tail(reference):
    if reference.startswith("urn:"):
        return reference
    parts = reference.split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 else ""


everybody, holders = {}, {}
for resources, bundled in texts:
    for url, r in resources:
        if r.get("resourceType") != "Patient":
            continue
        if bundled:
            everybody.setdefault(tail(url), set()).add(number(r))
        else:
            everybody.setdefault("Patient/" + r.get("id", ""), set()).add(number(r))
        for i in r.get("identifier", []):
            holders.setdefault((i.get("system"), i.get("value")), set()).add(number(r))


def whose(r, resources):
    if r["resourceType"] == "Patient":
        return number(r)
    patients = [p for _, p in resources if p.get("resourceType") == "Patient"]
    ref = r.get("subject") or r.get("patient") or r.get("beneficiary")
    if ref is None:
        return number(patients[0]) if len(patients) == 1 else None
    text = ref.get("reference", "")
    for url, p in resources:
        if len(resources) > 1 and text and text in (url, "Patient/" + p.get("id", "?")):
            return number(p)
    names = everybody.get(tail(text), set()) if text else set()
    if not names and "identifier" in ref:
        i = ref["identifier"]
        names = holders.get((i.get("system"), i.get("value")), set())
    return next(iter(names)) if len(names) == 1 else None


def concept(value):
    value = value or {}
    return bool(value.get("text") or any(c.get("code") or c.get("display") for c in value.get("coding", [])))


def strip(div):
    return re.sub(r"<[^>]*>", "", div).strip()


def note(text):
    if text and text.strip():
        rows["note"] += 1


LAB = {"laboratory", "vital-signs", "body-measurement"}
ASKED = {"social-history", "survey"}
FOUND = {"exam", "imaging", "procedure", "therapy", "activity"}
WORDS = {"陰性", "陽性", "弱陽性", "強陽性", "擬陽性", "疑陽性", "偽陽性", "判定保留",
         "negative", "positive", "Negative", "Positive"}


def result(holder, category):
    if not concept(holder.get("code")):
        return
    key = next((k for k in holder if k.startswith("value")), None)
    value = holder.get(key)
    quantity = key in ("valueQuantity", "valueInteger")
    if key == "valueCodeableConcept" and not value.get("coding"):
        key, value = "valueString", value.get("text", "")
    if key == "valueString":
        value = value.strip()
        if re.fullmatch(r"(<=|>=|<|>)? *[+-]?[0-9.]+", value):
            quantity = True
        elif not (value in WORDS or re.fullmatch(r"[0-9+\-±()（）＋－−./:<>=%* ]{0,8}", value)):
            return note(value)
    if key in ("valueDateTime", "valuePeriod"):
        rows["observation"] += 1
    elif category == "lab" or quantity and category != "asked":
        rows["measurement"] += 1
    else:
        rows["observation"] += 1


def categories(r):
    codes = [c.get("code") for k in r.get("category", []) for c in k.get("coding", [])]
    if LAB & set(codes):
        return "lab"
    if ASKED & set(codes):
        return "asked"
    return "found" if FOUND & set(codes) else "lab"


def sections(composition):
    for s in composition.get("section", []):
        note(strip(s.get("text", {}).get("div", "")))
        sections(s)


SILENT = {"Organization", "Practitioner", "PractitionerRole", "Location", "Medication", "CodeSystem"}
UNREAD = {"Specimen", "ServiceRequest"}
said, persons = set(), set()


def patient(r):
    def name(mark):
        for n in r.get("name", []):
            marks = [e.get("valueCode") for e in n.get("extension", [])]
            kana = "SYL" in marks
            if kana == mark:
                return tuple([n.get("family", "")] + n.get("given", []))
        return ()

    one = number(r)
    home = (r.get("address") or [{}])[0]
    phone = next((t.get("value") for t in r.get("telecom", []) if t.get("system") == "phone"), "")
    bare = (one, name(False), name(True), r.get("birthDate"), r.get("gender"), str(home), phone)
    members = [i["value"] for i in r.get("identifier", []) if i.get("system") == MEMBER]
    for m in members or [""]:
        said.add(bare + (m,))
    persons.add((one, r.get("birthDate"), r.get("gender"), home.get("postalCode", "").replace("-", "")))
    rows["death"] += 1 if r.get("deceasedDateTime") or r.get("deceasedBoolean") else 0


def coverage(r, one, resources):
    rows["payer_plan_period"] += 1
    ext = {e["url"].rsplit("_", 1)[-1]: e.get("valueString", "") for e in r.get("extension", [])}
    payor = (r.get("payor") or [{}])[0].get("reference")
    insurer = ""
    for url, o in resources:
        if payor == url:
            insurer = next((i["value"] for i in o.get("identifier", []) if i["system"].endswith("20.3.61")), "")
    key = (insurer, ext.get("InsuredPersonSymbol"), ext.get("InsuredPersonNumber"), ext.get("InsuredPersonSubNumber"))
    said.add((one, "coverage", key, str(r.get("relationship"))))


def read(r, one, resources):
    kind, status = r["resourceType"], r.get("status")
    if status in ("entered-in-error", "cancelled"):
        return
    for n in r.get("note", []):
        note(n.get("text"))
    text = r.get("text", {})
    if text.get("status") == "additional" and kind not in ("Patient", "Coverage", "Composition"):
        note(strip(text.get("div", "")))
    if kind == "Patient":
        patient(r)
    elif kind == "Encounter":
        rows["visit_occurrence"] += 1
        for reason in r.get("reasonCode", []):
            if not reason.get("coding"):
                note(reason.get("text"))
    elif kind == "Condition":
        rows["condition_occurrence"] += 1
    elif kind == "AllergyIntolerance":
        rows["observation"] += 1
    elif kind in ("MedicationRequest", "Immunization"):
        rows["drug_exposure"] += 1
    elif kind == "Procedure":
        rows["procedure_occurrence"] += 1
    elif kind == "Device":
        rows["device_exposure"] += 1
    elif kind == "Coverage":
        coverage(r, one, resources)
    elif kind == "Composition":
        sections(r)
    elif kind == "DocumentReference":
        note(r.get("description"))
        for c in r.get("content", []):
            a = c.get("attachment", {})
            if a.get("data") and a.get("contentType", "").startswith("text/"):
                note(base64.b64decode(a["data"]).decode())
    elif kind == "Observation":
        category = categories(r)
        if any(k.startswith("value") for k in r):
            result(r, category)
        for c in r.get("component", []):
            result(c, category)
        if not any(k.startswith("value") or k in ("component", "hasMember") for k in r):
            result(r, category)
    else:
        sys.exit("not counted: " + kind)


for resources, _ in texts:
    for _, r in resources:
        kind = r.get("resourceType")
        if kind in SILENT or kind in UNREAD:
            continue
        one = whose(r, resources)
        if one is None:
            if kind != "Device":
                found["FHIR-PATIENT-MISSING"] += 1
            continue
        read(r, one, resources)

rows["identity"], rows["person"] = len(said), len(persons)
for table, count in sorted(rows.items()):
    print(table, count)
for code, count in sorted(found.items() if len(sys.argv) > 2 else ()):
    print(code, count)
