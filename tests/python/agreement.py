#!/usr/bin/env python3
"""Holds `ocsf validate` against an independent validator, finding by finding.

Both look at every event of converted lakes, ours as Parquet and as NDJSON, and at thousands of events that were damaged
in one place each. What one of them finds and the other does not fails the test, but for EXPLAINED.

usage: agreement.py OCSF SHARED LAKES WORK     LAKES: a folder with a lake for each OCSF version, named by it
"""

import argparse
import collections
import copy
import importlib.util
import json
import pathlib
import random
import subprocess
import sys

from corpus import VERSIONS, Checks
from lake_to_ndjson import events, parquet_files

EVENTS = 120
DAMAGES = 25
FACTS = pathlib.Path(__file__).parents[2] / "schemas" / "data"


def judge_of(shared):
    """The validator, as a function from event and options to its findings; none where it cannot judge."""
    path = shared / "judge" / "validate_event.py"
    spec = importlib.util.spec_from_file_location("validate_event", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    schemas = {v: json.loads((shared / "ocsf" / "compiled" / f"{v}.json").read_text()) for v in VERSIONS}

    # Classes that the facts of the judge do not have.
    left_out = {}
    for version, schema in schemas.items():
        ours = json.loads((FACTS / f"{version}.json").read_text())["classes"].values()
        left_out[version] = {c["uid"] for c in ours} - {c["uid"] for c in schema["classes"].values()}

    def judge(event, **options):
        metadata = event.get("metadata")
        version = metadata.get("version") if isinstance(metadata, dict) else None
        if str(version) not in schemas:
            return [("error", "version_unknown", "metadata.version")]
        if any(event.get("class_uid") == uid for uid in left_out[version]):
            return None
        options = argparse.Namespace(**{"strict": False, "recommended": False, **options})
        try:
            found = module.validate(event, schemas[version], options)
        except (AttributeError, TypeError):
            return None
        return sorted((level, code, "" if path == "(event)" else path) for level, code, path, _ in found)

    return judge, schemas


def validate(ocsf, *arguments):
    """What `ocsf validate` finds, by place."""
    command = [ocsf, "validate", "--each", "-", "--no-config", *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode not in (0, 1) or done.stderr:
        raise SystemExit(f"{command}: {done.stderr}")
    found = collections.defaultdict(list)
    for line in map(json.loads, done.stdout.splitlines()):
        place = line["file"], line.get("row", line.get("line", 0) - 1)
        found[place].append((line["level"], line["code"], line["path"]))
    return {place: sorted(findings) for place, findings in found.items()}


def write(path, all_events):
    with path.open("w") as out:
        for event in all_events:
            print(json.dumps(event, ensure_ascii=False), file=out)


# ---- differences that are meant

# By kind of damage: what one may find alone, and why.
EXPLAINED = {
    # To Python, True is the number 1; to us it is none.
    "another_kind": {"datetime_disagrees", "observable_type_mismatch", "type_uid_incorrect"},
    # The judge takes integers of any size for long_t, which no reader has.
    "number_beyond_64_bits": {"attribute_value_exceeds_range"},
}


def differences(kind, ours, judges):
    ours, judges = collections.Counter(ours), collections.Counter(judges)
    allowed = EXPLAINED.get(kind, set())
    for side, left in (("ours alone", ours - judges), ("the judge alone", judges - ours)):
        yield from (f"{kind}: {side}: {finding}" for finding in left if finding[1] not in allowed)
    if bool(ours) != bool(judges) and kind not in EXPLAINED:
        yield f"{kind}: found by one alone: {ours or judges}"


# ---- damages


def places(value, path=()):
    """Every place of an event below the top, as a tuple of keys."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


def at(event, path):
    for key in path:
        event = event[key]
    return event


def put(event, path, value):
    at(event, path[:-1])[path[-1]] = value


def named(test):
    """A damage of one place that passes the test of name and value."""

    def decorate(change):
        def damage(event, dice, schema):
            fit = [p for p in places(event) if test(str(p[-1]), at(event, p))]
            if not fit:
                return False
            path = dice.choice(fit)
            put(event, path, change(at(event, path), dice))
            return True

        damage.__name__ = change.__name__
        return damage

    return decorate


def is_text(_, value):
    return isinstance(value, str)


def is_number(_, value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_id(name, value):
    return name.endswith("_id") and isinstance(value, int)


def is_time(name, value):
    return isinstance(value, int) and value > 600_000_000_000


def is_date_time(name, value):
    return name.endswith("_dt") and isinstance(value, str)


@named(lambda name, value: True)
def another_kind(value, dice):
    return dice.choice([v for v in ("x", 7, 7.5, True, {"x": 1}, ["x"], [1], {}, []) if type(v) is not type(value)])


@named(lambda name, value: True)
def nothing(value, dice):
    return dice.choice([None, "", {}, []])


@named(is_text)
def placeholder(value, dice):
    return dice.choice(["-", "''", "null", "None", "N/A", "NODATA"])


@named(is_text)
def other_text(value, dice):
    return dice.choice(["Other", "x", value + "x", value.upper(), value.lower(), " " + value, "ü" * 50, "a" * 300])


@named(is_number)
def other_number(value, dice):
    return dice.choice([-1, 0, 1, 99, 70_000, 2**31, 2**40, value + 1, -value, float(value)])


@named(is_number)
def number_beyond_64_bits(value, dice):
    return 10**30


@named(is_id)
def other_id(value, dice):
    return dice.choice([0, 1, 2, 3, 4, 6, 99, 12345, str(value), f"{value}.0", [value]])


@named(lambda name, value: isinstance(value, (dict, list)))
def in_a_list(value, dice):
    return [value]


@named(lambda name, value: isinstance(value, list) and value)
def out_of_its_list(value, dice):
    return value[0]


@named(is_time)
def other_unit(value, dice):
    return dice.choice([value // 1000, value * 1000, 0, str(value), value + 3_600_000])


@named(is_date_time)
def other_date_time(value, dice):
    choices = [value.rstrip("Z"), value.replace("T", " "), "yesterday", value[:10], value[:-1] + "+02:00", "2026-13-01T00:00:00Z"]
    return dice.choice(choices)


@named(lambda name, value: isinstance(value, str) and name in ("ip", "value", "hostname", "email_addr", "mac"))
def other_address(value, dice):
    return dice.choice(["999.1.1.1", "1.2.3", "::1", "fe80::1%eth0", "not an ip", "a..b", "-x.example.com", "00:11:22:33:44:55"])


def an_attribute_less(event, dice, schema):
    path = dice.choice(list(places(event)))
    del at(event, path[:-1])[path[-1]]
    return True


def unknown_attribute(event, dice, schema):
    objects = [()] + [p for p in places(event) if isinstance(at(event, p), dict)]
    at(event, dice.choice(objects))["no_such_attribute"] = "x"
    return True


def known_attribute(event, dice, schema):
    """An attribute that the class or an object of it has, perhaps of another profile or deprecated."""
    spec = next((c for c in schema["classes"].values() if c["uid"] == event.get("class_uid")), None)
    if spec is None:
        return False
    here = event
    while True:
        below = [
            (name, a) for name, a in spec["attributes"].items() if a["type"] == "object_t" and isinstance(here.get(name), dict)
        ]
        if not below or dice.random() < 0.4:
            break
        name, attribute = dice.choice(below)
        here, spec = here[name], schema["objects"][attribute["object"]]
    missing = [(name, a) for name, a in spec["attributes"].items() if name not in here]
    if not missing:
        return False
    odd = [(name, a) for name, a in missing if "deprecated" in a or a.get("profiles") or "enum" in a]
    name, attribute = dice.choice(odd if odd and dice.random() < 0.7 else missing)
    base = schema["types"].get(attribute["type"], {}).get("base", attribute["type"])
    value = {"string_t": "x", "boolean_t": True, "float_t": 1.5, "object_t": {}}.get(base, dice.choice([1, 99, 5_000]))
    if "enum" in attribute:
        value = dice.choice(list(attribute["enum"]))
        value = int(value) if value.lstrip("-").isdigit() and base != "string_t" else value
    here[name] = [value] if attribute.get("array") else value
    return True


def profiles(event, dice, schema):
    metadata = event.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        return False
    declared = metadata.get("profiles") or []
    change = dice.choice(["unknown", "other", "fewer", "none", "text"])
    metadata["profiles"] = {
        "unknown": [*declared, "no_such_profile"],
        "other": [*declared, dice.choice(schema["profiles"])],
        "fewer": declared[1:],
        "none": [],
        "text": "cloud",
    }[change]
    return True


def version(event, dice, schema):
    event["metadata"]["version"] = dice.choice([*VERSIONS, "9.9.9", "1.1", "", None, 1.1])
    return True


def a_class(event, dice, schema):
    event["class_uid"] = dice.choice([*(c["uid"] for c in schema["classes"].values()), 123, "4001", None, 4001.0])
    return True


def observable(event, dice, schema):
    """One observable that points elsewhere."""
    observables = event.setdefault("observables", [])
    if not observables:
        observables.append({"name": "metadata.version", "type": "Other", "type_id": 99, "value": "x"})
    one = dice.choice(observables)
    one.update(
        dice.choice(
            [
                {"name": "no.such.attribute"},
                {"name": "time.x"},
                {"name": "metadata"},
                {"name": "metadata.product", "type_id": 0},
                {"name": "resources[0].uid"},
                {"name": "resources[].uid"},
                {"name": "unmapped[a.b]"},
                {"name": "message"},
                {"name": 7},
                {"name": ""},
                {"value": "203.0.113.77"},
                {"value": None},
                {"value": 7},
                {"type_id": 20},
                {"type_id": "2"},
                {"type_id": 99},
                {"type": "Hostname"},
            ]
        )
    )
    return True


DAMAGE = [
    another_kind, nothing, placeholder, other_text, other_number, number_beyond_64_bits, other_id, in_a_list,
    out_of_its_list, other_unit, other_date_time, other_address, an_attribute_less, an_attribute_less, unknown_attribute, known_attribute,
    known_attribute, profiles, version, a_class, observable, observable,
]  # fmt: skip


def damaged(all_events, schema, dice):
    """Damaged copies of some events of each class, as (kind of damage, event)."""
    by_class = collections.defaultdict(list)
    for event in all_events:
        by_class[event["class_uid"]].append(event)
    chosen = [e for of_class in by_class.values() for e in dice.sample(of_class, min(EVENTS // len(by_class), len(of_class)))]
    for event in chosen:
        for _ in range(DAMAGES):
            damage, copied = dice.choice(DAMAGE), copy.deepcopy(event)
            try:
                if damage(copied, dice, schema):
                    yield damage.__name__, copied
            except (KeyError, TypeError, AttributeError):
                continue


def main():
    ocsf, shared, lakes, work = (pathlib.Path(argument) for argument in sys.argv[1:5])
    work.mkdir(parents=True, exist_ok=True)
    judge, schemas = judge_of(shared)
    checks, dice, total, broke_down, codes = Checks(), random.Random(7), 0, 0, set()
    for of_version in VERSIONS:
        lake, schema = lakes / of_version, schemas[of_version]
        files = [(str(file), list(events(file))) for file in parquet_files(lake)]
        all_events = [event for _, of_file in files for event in of_file]
        verdicts = [judge(event) for event in all_events]

        ours = validate(ocsf, lake)
        rows = [(file, row) for file, of_file in files for row in range(len(of_file))]
        faults = [f for place, verdict in zip(rows, verdicts) for f in differences(place, ours.get(place, []), verdict)]
        checks.check(f"{of_version}: {len(rows)} events as Parquet are judged alike", faults)

        ndjson = work / f"{of_version}.ndjson"
        write(ndjson, all_events)
        ours = validate(ocsf, ndjson)
        faults = [
            f for at, verdict in enumerate(verdicts) for f in differences(at, ours.get((str(ndjson), at), []), verdict)
        ]
        checks.check(f"{of_version}: {len(rows)} events as NDJSON are judged alike", faults)

        cases = list(damaged(all_events, schema, dice))
        ndjson = work / f"{of_version}-damaged.ndjson"
        write(ndjson, (event for _, event in cases))
        for options in ({}, {"strict": True, "recommended": True}):
            ours = validate(ocsf, ndjson, *(f"--{name}" for name in options))
            faults = []
            for at, (kind, event) in enumerate(cases):
                verdict = judge(event, **options)
                if verdict is None:
                    broke_down += 1
                    continue
                codes.update(code for _, code, _ in verdict)
                faults += differences(kind, ours.get((str(ndjson), at), []), verdict)
            checks.check(f"{of_version}: {len(cases)} damaged events are judged alike {' '.join(options)}", faults)
        total += len(cases)
    print(f"       {broke_down} events that the judge cannot judge")
    print(f"       {total} damages, rules that found some: {len(codes)}: {', '.join(sorted(codes))}")
    print(f"agreement: {checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
