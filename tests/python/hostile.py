#!/usr/bin/env python3
"""Gives `ocsf` what is made to break it, and checks that it ends in time, within memory, with a documented exit code, with every
record accounted for, nothing lost beside what is broken, nothing written where it does not belong, and no text of a log that
could steer a terminal.

usage: hostile.py OCSF WORK [--long] [CASE...]
"""

import argparse
import json
import os
import pathlib
import pty
import re
import shutil
import socket
import subprocess
import threading

import pyarrow.parquet as pq

import hostile_inputs as inputs
from hostile_inputs import gzipped, trail, zstd, zstd_run
from measured import run

MEMORY = 96 << 20
# What docs/limits.md allows on top of --memory, for two threads.
ALLOWED = MEMORY + (64 << 20) + 2 * (512 << 20)
CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
PLACE = re.compile(
    r"ext/[a-z0-9-]{1,20}/region=(unknown|[a-z][a-z0-9-]{1,31})/accountId=(unknown|\d{12})/eventDay=\d{8}/[0-9a-f]{32}-\d+\.parquet"
    r"|_ocsf/manifest/[0-9a-f]{32}\.json|_ocsf/lake\.json|_ocsf/trace/[0-9a-f]{32}\.parquet|_rejects/[0-9a-f]{32}\.ndjson\.zst"
)
BAD_TEXTS = [
    "../../../../tmp/x", "/etc/passwd", "..", ".", "", "a\0b", "%2e%2e%2f", "\u202e\u0661\u0661", "1" * 13, "x" * 100_000, "a\nb",
    "con", "\\\\host\\share", "~", "$(id)", "eu-west-1/..", "EU-WEST-1", "\u0661" * 12,
]  # fmt: skip


class Check:
    """The program, a folder for the case at hand, and what was found wrong with it."""

    def __init__(self, ocsf, work, long):
        self.ocsf, self.work, self.long = ocsf.resolve(), work, long
        self.faults, self.resident = [], 0

    def fail(self, *what):
        self.faults.append(" ".join(map(str, what))[:600])

    def folder(self, name="logs"):
        path = self.work / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def ocsf_run(self, *arguments, timeout=120, allowed=(0, 1), feed=None):
        """Runs a command, and checks what holds for every one."""
        before = {path for path in self.work.iterdir() if path.name != "lake"}
        done = run([self.ocsf, *arguments, "--no-config"], timeout=timeout, cwd=self.work, feed=feed)
        told = f"`{' '.join(map(str, arguments))[:100]}`"
        self.resident = max(self.resident, done.resident)
        if done.code not in allowed:
            self.fail(told, "ended with", done.code, "after", int(done.seconds), "s:", done.stderr[-300:])
        if done.resident > ALLOWED:
            self.fail(told, "took", done.resident >> 20, "MiB")
        if bug := re.search(rb"panicked|bug of ocsf|RUST_BACKTRACE|overflow", done.stderr):
            self.fail(told, "says", bug[0])
        if steers := CONTROLS.search(done.stderr.decode()):
            self.fail(told, "says", repr(steers[0]), "on a terminal")
        if strange := {path for path in self.work.iterdir() if path.name != "lake"} - before:
            self.fail(told, "wrote", strange)
        return done

    def convert(self, *arguments, records=None, events=None, lake="lake", timeout=120, allowed=(0, 1), feed=None):
        """Converts, and checks the balance and the lake. Returns the report."""
        out = self.work / lake
        shutil.rmtree(out, ignore_errors=True)
        done = self.ocsf_run(
            "convert", *arguments, "--out", lake, "--memory", MEMORY, "--threads", 2, "--report", "json", "--max-rejects", "100%",
            timeout=timeout, allowed=allowed, feed=feed,
        )  # fmt: skip
        try:
            report = json.loads(done.stdout)
        except ValueError:
            self.fail("no report, exit code", done.code, done.stderr[-300:])
            return {"records": {"records": 0, "events": 0, "rejects": 0}, "inputs": {"damaged": [], "unrecognised": []}}
        counts = report["records"]
        if counts["records"] != counts["events"] + counts["rejects"] + sum(counts["skipped"].values()):
            self.fail("does not balance:", counts)
        for name, expected in (("records", records), ("events", events)):
            if expected is not None and counts[name] != expected:
                self.fail(counts[name], name, "instead of", expected, arguments)
        rows = 0
        for path in out.rglob("*"):
            place = path.relative_to(out).as_posix()
            if path.is_file() and not PLACE.fullmatch(place):
                self.fail("wrote", repr(place))
            if place.startswith("ext/") and path.suffix == ".parquet":
                rows += pq.ParquetFile(path).metadata.num_rows
        if rows != counts["events"]:
            self.fail("the lake holds", rows, "events of", counts["events"])
        return report

    def terminal(self, *arguments):
        """What a command says on a terminal."""
        main, other = pty.openpty()
        said = []

        def listen():
            try:
                while part := os.read(main, 65_536):
                    said.append(part)
            except OSError:
                pass

        listener = threading.Thread(target=listen)
        listener.start()
        command = [str(self.ocsf), *map(str, arguments), "--no-config"]
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=other, stderr=other, cwd=self.work, env={**os.environ, "NO_COLOR": "1"})
        os.close(other)
        listener.join()
        os.close(main)
        text = b"".join(said).decode()
        for steers in CONTROLS.findall(text.replace("\r\n", "\n")):
            self.fail("`" + " ".join(map(str, arguments))[:60] + "`", "says", repr(steers), "on a terminal")
            break
        return text


def odd_records(check):
    """Each odd record between good ones, on lines and in an envelope: the good ones are kept."""
    for form, wrap in (("lines", b"%s\n%s\n%s\n"), ("envelope", b'{"Records":[%s,%s,%s]}')):
        for number, (name, (odd, becomes)) in enumerate(inputs.odd_records().items()):
            (check.folder(form) / f"{number:03}.json").write_bytes(wrap % (trail().encode(), odd, trail().encode()))
            report = check.convert(f"{form}/{number:03}.json", "-s", "cloudtrail")
            events = report["records"]["events"]
            if events < 2 or (becomes is not None and events != 2 + becomes):
                check.fail(events, "events of", name, "in", form)
        check.convert(form, "-s", "cloudtrail")
        check.convert(form, "--unmapped", "json", "--raw", "all", "--observables", "all", "--ocsf", "1.8.0", "-s", "cloudtrail")


def odd_flows(check):
    """Flow log lines with values that do not fit."""
    lines = list(inputs.odd_flows())
    text = "\n".join([inputs.FLOW_HEADER, *(line for odd in lines for line in (inputs.FLOW, odd)), inputs.FLOW])
    (check.folder() / "a.log").write_text(text)
    report = check.convert("logs", records=2 * len(lines) + 1)
    if report["records"]["events"] < len(lines) + 1:
        check.fail(report["records"], "of", len(lines) + 1, "good lines")


def paths(check):
    """Accounts, Regions and days of records choose no path, in any source."""
    folder = check.folder()
    files = {"trail.json": [], "flows.log": [inputs.FLOW_HEADER], "resolver.json": [], "public.log": [], "alb.log": []}
    for bad in BAD_TEXTS:
        files["trail.json"] += [
            trail(recipientAccountId=bad, awsRegion=bad, userIdentity={"type": "IAMUser", "accountId": bad, "userName": bad}),
            trail(eventTime=bad), trail(eventSource=bad, eventName=bad, eventID=bad),
        ]  # fmt: skip
        files["resolver.json"] += [json.dumps({**inputs.RESOLVER, "account_id": bad, "region": bad, "vpc_id": bad})]
        word = re.sub(r"[\s\0]", "_", bad) or "-"
        files["flows.log"] += [inputs.FLOW.replace("111122223333", word).replace("eu-west-1", word), inputs.FLOW.replace("1714557600", word)]
        files["public.log"] += [inputs.PUBLIC.replace("ZEXAMPLE1", word), inputs.PUBLIC.replace("FRA50", word)]
        files["alb.log"] += [inputs.ALB.replace("111122223333", word).replace("eu-west-1", word), inputs.ALB.replace("app/shop", word)]
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n")
    rejects = [{"object": bad, "record": 0, "byte": 0, "line": 1, "source": "cloudtrail", "code": "no-time", "path": bad, "detail": bad,
                "raw_b64": "", "raw_len": 0, "account": bad} for bad in BAD_TEXTS]  # fmt: skip
    (folder / "rejects.ndjson").write_text("".join(json.dumps(line) + "\n" for line in rejects))
    wrapped = [{"messageType": "DATA_MESSAGE", "owner": bad, "logGroup": bad, "logStream": bad, "subscriptionFilters": [bad],
                "logEvents": [{"id": bad, "timestamp": 1_714_557_600_000, "message": inputs.PUBLIC}]} for bad in BAD_TEXTS]  # fmt: skip
    (folder / "wrapped.json").write_text("\n".join(map(json.dumps, wrapped)))
    key = folder / "AWSLogs/o-../../CloudTrail/..%2f..%2f/2024/05/01"
    key.mkdir(parents=True)
    (key / "..%2f_CloudTrail_..%2f_20240501T0000Z_x.json").write_text(trail(recipientAccountId="x", awsRegion="/"))
    report = check.convert("logs", "--trace")
    if report["records"]["events"] < 5 * len(BAD_TEXTS):
        check.fail("only", report["records"])
    places = {path.relative_to(check.work / "lake/ext").parts[1] for path in (check.work / "lake/ext").rglob("*.parquet")}
    # Any lower-case word may be a Region; `us-east-1` is where public DNS is.
    if places != {"region=unknown", "region=eu-west-1", "region=us-east-1", "region=con"}:
        check.fail("regions:", places)


def compression_bombs(check):
    """A megabyte that becomes 100 GiB and more is read up to a limit, and what stands before it is kept."""
    good = (trail() + "\n").encode()
    bombs = {
        "zstd of 100 GiB": zstd(good) + zstd_run(819_200),
        "zstd in zstd, 100 TiB": zstd(zstd(good) + zstd_run(32) * 8 + zstd(zstd_run(10))),
        "windows of 128 MiB": zstd(good) + b"".join(zstd_run(2_000, log=27) for _ in range(4)),
        "gzip of gzip of zeros": gzipped(gzipped(good) + gzipped(b"\0" * (200 << 20)) * 4),
        "nested five deep": gzipped(gzipped(gzipped(gzipped(gzipped(good))))),
        "gzip of 1 GiB": gzipped(good) + gzipped(b" " * (64 << 20)) * 16,
    }
    bombs["100 GiB without an end, in zstd"] = zstd(zstd(good) + zstd_run(819_200)[:-4])
    for name, content in bombs.items():
        path = check.folder() / "bomb.json.gz"
        path.write_bytes(content)
        report = check.convert(path, "-s", "cloudtrail")
        if name != "nested five deep" and report["records"]["events"] < 1:
            check.fail("lost the good record before", name)
        if "100 GiB" in name and "object-too-large" not in str(report["inputs"]["damaged"]):
            check.fail("does not tell of", name, report["inputs"])
    path.write_bytes(bombs["gzip of 1 GiB"])
    report = check.convert(path, "-s", "cloudtrail", "--max-object-bytes", "1MiB", events=1)
    if "object-too-large" not in str(report["inputs"]["damaged"]):
        check.fail("--max-object-bytes does not stop it")


def one_large_record(check):
    """A record of gigabytes between good ones, from a pipe and compressed: one reject, in little memory."""
    gibibytes = 10 if check.long else 2
    block = os.urandom(1 << 19).hex().encode()
    begin, end = (trail() + "," + trail(userAgent="").split('"userAgent":"')[0] + '"x":"').encode(), ('"},' + trail() + "]}").encode()

    def feed(pipe):
        pipe.write(b'{"Records":[' + begin)
        for _ in range(gibibytes << 10):
            pipe.write(block)
        pipe.write(end)

    check.convert("-", "-s", "cloudtrail", records=3, events=2, feed=feed, timeout=900)
    path = check.folder() / "large.json.zst"
    with path.open("wb") as file:
        file.write(zstd(b'{"Records":[' + begin))
        frame = zstd(block)
        for _ in range(gibibytes << 10):
            file.write(frame)
        file.write(zstd(end))
    check.convert("logs", records=3, events=2, timeout=900)
    # Bytes without end that are of no source, and lines without end that are of one.
    done = check.ocsf_run("detect", "-", feed=lambda pipe: [pipe.write(block) for _ in range(100)], allowed=(0, 1))
    if b"not recognised" not in done.stdout:
        check.fail(done.stdout)
    check.convert("-", "-s", "vpc-flow", records=1, events=0, feed=lambda pipe: [pipe.write(block) for _ in range(1024)])


def damage(check):
    """Bits of compressed logs are flipped, stretches of them lost: no more than what is behind is."""
    copies = 400 if check.long else 120
    text = "".join(trail(eventID=str(number)) + "\n" for number in range(200)).encode()
    flows = check.work / "good.parquet"
    pq.write_table(inputs.flow_table(3_000), flows, row_group_size=1_000, compression="gzip", store_schema=False)
    for name, good in {"gzip": gzipped(text), "members": gzipped(text[:9000]) + gzipped(text[9000:]), "zstd": zstd(text), "plain": text,
                       "parquet": flows.read_bytes()}.items():  # fmt: skip
        folder = check.folder(name)
        (folder / "000.good").write_bytes(good)
        for seed in range(1, copies):
            (folder / f"{seed:03}.bad").write_bytes(inputs.damaged(good, seed))
        source = "vpc-flow" if name == "parquet" else "cloudtrail"
        report = check.convert(name, "-s", source)
        whole = 3_000 if name == "parquet" else 200
        if report["records"]["events"] < whole * copies // 12:
            check.fail("only", report["records"]["events"], "events of", copies, "copies of", name)
        for verb in ("detect", "preview", "lint", "validate", "inspect"):
            check.ocsf_run(verb, name, allowed=(0, 1, 2))


def parquet(check):
    """Parquet files whose sizes, counts and lists are absurd."""
    folder = check.folder()
    good = check.work / "good.parquet"
    pq.write_table(inputs.flow_table(100), good, store_schema=False)
    for number, content in enumerate(inputs.absurd_footers(good.read_bytes())):
        (folder / f"{number:03}.parquet").write_bytes(content)
    (folder / "zzz.parquet").write_bytes(good.read_bytes())
    report = check.convert("logs", "-s", "vpc-flow")
    if report["records"]["events"] < 100:
        check.fail("the good file was lost")
    for verb in ("detect", "preview", "lint", "validate", "inspect"):
        check.ocsf_run(verb, "logs", allowed=(0, 1, 2))
    inputs.parquet_bombs(check.folder("bombs"))
    for path in sorted((check.work / "bombs").iterdir()):
        check.convert(path, "-s", "vpc-flow")
        for verb in ("detect", "lint", "validate"):
            check.ocsf_run(verb, path, allowed=(0, 1, 2))


def files(check):
    """What a folder can hold besides logs, and names that are no text."""
    folder = check.folder()
    good = (trail() + "\n").encode()
    names = [b"a\nb", b"\xff\xfe", b"\x1b[31mred\x1b[0m", "\u202egnp".encode(), b"..a", b"-rf", b"a b", b"%2e%2e", b"\\", b"x" * 255, b"[a]*?"]
    for name in names:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(good)
    (folder / "empty").touch()
    (folder / "empty.gz").write_bytes(gzipped(b""))
    (folder / "blank").write_bytes(b" \n" * 1000)
    (folder / "garbage").write_bytes(bytes(range(256)) * 1000)
    (folder / "mixed").write_bytes(good + bytes(range(256)) + gzipped(good) + b"\n" + good)
    os.mkfifo(folder / "fifo")
    (folder / "loop").symlink_to(folder)
    (folder / "itself").symlink_to(folder / "itself")
    (folder / "dangling").symlink_to(folder / "nowhere")
    (folder / "device").symlink_to("/dev/zero")
    deep = folder / "/".join(["d"] * 100)
    deep.mkdir(parents=True)
    (deep / "log").write_bytes(good)
    server = socket.socket(socket.AF_UNIX)
    os.chdir(folder)
    server.bind("socket")
    os.chdir("/")
    report = check.convert("logs", "-vv")
    if report["records"]["events"] < len(names) + 3:
        check.fail("only", report["records"], "of", len(names) + 3)
    for arguments in (["detect"], ["preview"], ["lint"], ["validate"], ["inspect"]):
        check.ocsf_run(*arguments, "logs", allowed=(0, 1, 2))
        check.terminal(*arguments, "logs")
    check.terminal("convert", "logs", "--out", "other", "-vv")
    check.terminal("convert", b"\x1b[31m".decode(), "--out", "other")
    shutil.rmtree(check.work / "other", ignore_errors=True)
    writer = threading.Thread(target=lambda: (folder / "fifo").write_bytes(good))
    writer.start()
    check.convert("logs/fifo", records=1, events=1)
    writer.join()
    check.convert("logs/../logs/./empty", "logs/-rf", records=1, events=1)


def terminals(check):
    """Values that would steer a terminal are escaped on one, and come as they are elsewhere."""
    evil = "\x1b[2J\x1b]0;title\x07\u009b31m\u202egnp\x7f"
    (check.folder() / "trail.json").write_text(trail(userAgent=evil, eventName=evil, awsRegion=evil, eventTime=evil) + "\n" + trail(userAgent=evil, eventName=evil))
    (check.folder() / "flow.log").write_text(f"{inputs.FLOW_HEADER} {evil}\n{inputs.FLOW} {evil}\n{inputs.FLOW.replace('ACCEPT', evil)} -\n{evil}\n")
    (check.folder() / "public.log").write_text(inputs.PUBLIC.replace("www.example.com", evil) + "\n")
    report = check.convert("logs", "--trace")
    if report["records"]["events"] < 3:
        check.fail(report["records"])
    for arguments in (["detect", "logs"], ["preview", "logs"], ["preview", "logs", "--pretty"], ["inspect", "lake"], ["validate", "lake"], ["lint", "lake"],
                      ["explain", "cloudtrail", "--record", "logs/trail.json"], ["explain", "vpc-flow", "--record", "logs/flow.log"],
                      ["preview", "lake"], ["validate", "lake", "--each", "-"]):  # fmt: skip
        check.ocsf_run(*arguments, allowed=(0, 1, 2))
        check.terminal(*arguments)
    for path in (check.work / "lake/ext").rglob("*.parquet"):
        check.terminal("trace", path, "--row", "0", "--input", "logs")
        check.terminal("trace", path, "--row", "0", "--input", "logs", "--format", "json")
    check.terminal("convert", "logs", "--out", "lake", "-vv")
    (check.folder("named") / f"{evil}.log").write_text("nothing that is known\n")
    check.terminal("convert", "named", "--out", "other", "--report", "json", "--progress", "never")


def secrets(check):
    """What is hidden in events is said nowhere else: not in reports, messages, manifests or files. Rejects keep their bytes."""
    secret = "FwoGZXIvYXdzEXAMPLESECRET"
    answer = {"credentials": {"sessionToken": secret, "secretAccessKey": secret}, "password": secret}
    lines = [trail(responseElements=answer), trail(responseElements=answer, eventTime="x"), trail(requestParameters=answer)]
    (check.folder() / "a.json").write_text("\n".join(lines) + "\n")
    done = check.ocsf_run("convert", "logs", "--out", "lake", "--report", "json", "-vv", "--max-rejects", "100%", "--raw", "all", "--trace")
    said = done.stdout + done.stderr
    for path in (check.work / "lake").rglob("*"):
        if path.is_file() and "_rejects" not in path.parts:
            said += path.read_bytes()
            if path.suffix == ".parquet":
                said += repr(pq.read_table(path).to_pylist()).encode() + repr(pq.read_metadata(path).to_dict()).encode()
    if secret.encode() in said:
        check.fail("a secret was told")


CASES = [odd_records, odd_flows, paths, compression_bombs, one_large_record, damage, parquet, files, terminals, secrets]


def main():
    parse = argparse.ArgumentParser(usage=__doc__)
    parse.add_argument("ocsf", type=pathlib.Path)
    parse.add_argument("work", type=pathlib.Path)
    parse.add_argument("--long", action="store_true")
    parse.add_argument("cases", nargs="*")
    args = parse.parse_args()
    failed, cases = 0, [case for case in CASES if not args.cases or case.__name__ in args.cases]
    ocsf, work = args.ocsf.resolve(), args.work.resolve()
    for case in cases:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        check = Check(ocsf, work, args.long)
        case(check)
        failed += bool(check.faults)
        print(f"{'FAILED' if check.faults else 'ok    '} {case.__name__}: {check.resident >> 20} MiB at most", flush=True)
        for fault in check.faults[:20]:
            print(f"    {fault}")
    shutil.rmtree(work, ignore_errors=True)
    print(f"hostile: {len(cases) - failed} passed, {failed} failed")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
