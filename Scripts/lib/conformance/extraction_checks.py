"""`trawl run` against a fixture whose bytes must come out as they went in."""

import json
import os
import pathlib
import subprocess
from datetime import date, timedelta

from jsontext import in_merged_order, records, stripped
from report import unequal
from simulator import BINARY, CLIENT, ENVIRONMENT, SECRET, Simulator

OWN = pathlib.Path(__file__).with_name("hard-cases.json")
SAMPLE = pathlib.Path(os.environ.get("TRAWL_SAMPLE", "../shared/samples/details-job-results.json"))
# What the file has to hold, so that an editor that tidies it up does not turn the check into one of nothing.
HARD = [b"1.10", b"12345678901234567890", b"1e400", b"-0.0", b"1E+2", b"\\u2028", "\u2028".encode(), b"\\/", b"\\ud83d\\ude00",
        b"\\u0000", b'"twice":1,"twice":2', b'\\" : [ 1 , \\" } ] , "', "é".encode(), "e\u0301".encode()]


def stripper(report):
    report.check("the stripper takes white space between tokens only", unequal(
        "stripped", stripped(b' {\t"a b" :\r\n[ 1.10 , "\\" , " , " \\\\ " ] }\n'),
        b'{"a b":[1.10,"\\" , "," \\\\ "]}'))
    report.check("a page is cut into its records", unequal(
        "records", records(b'{"conversations": [ {"a":[1,{"b":"]},"}]} , {"c":{}} ], "totalHits":2}'),
        [b'{"a":[1,{"b":"]},"}]}', b'{"c":{}}']) + unequal("none", records(b'{"conversations":[ ]}'), []))


def fixtures(report, scratch):
    page = OWN.read_bytes()
    missing = [f"lacks {case!r}" for case in HARD if case not in b"\n".join(records(page))]
    report.check(f"the fixture holds its {len(HARD)} hard cases", missing)
    _extract(report, "hard cases", OWN, scratch)
    if SAMPLE.exists():
        _extract(report, "the real sample", SAMPLE, scratch)
    else:
        report.note("the real sample is not there; the hard cases stand for it")


def _extract(report, name, fixture, scratch):
    expected = in_merged_order(records(fixture.read_bytes()))
    days = [json.loads(line)["conversationStart"][:10] for line in expected]
    after = str(date.fromisoformat(max(days)) + timedelta(days=1))
    with Simulator("--fixture", str(fixture)) as simulator:
        truth = simulator.truth(**{"from": min(days), "to": after})
        report.check(f"{name}: /truth is its {len(expected)} records, byte for byte", _lines(truth, expected))
        for number, flags in enumerate((["--workers", "2"], ["--workers", "1", "--page-size", "1", "--shard", "6h"])):
            out = scratch / f"{fixture.stem}-{number}"
            run = subprocess.run(
                [BINARY, "run", "--from", min(days), "--to", after, "--match", "started", "--out", str(out),
                 "--api-url", simulator.url, "--login-url", simulator.url, "--compress", "none", "--rate", "none",
                 "--quiet", *flags],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
                env={**ENVIRONMENT, "GENESYSCLOUD_OAUTHCLIENT_ID": CLIENT, "GENESYSCLOUD_OAUTHCLIENT_SECRET": SECRET})
            faults = unequal("exit code", run.returncode, 0)
            if run.returncode:
                faults += run.stderr.decode(errors="replace").splitlines()[-4:]
            parts = sorted(out.glob("merged/date=*/part-*.ndjson"))
            text = b"".join(part.read_bytes() for part in parts)
            found = text.split(b"\n")
            faults += unequal("what follows the last line feed", found.pop(), b"")
            report.check(
                f"{name}: `trawl run {' '.join(flags)}` yields its {len(expected)} records, byte for byte",
                faults + _lines(found, expected))


def _lines(found, expected):
    faults = unequal("lines", len(found), len(expected))
    for number, (one, other) in enumerate(zip(found, expected), 1):
        if one != other:
            place = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
            faults.append(
                f"line {number}, byte {place}: {one[max(0, place - 20):place + 40]!r}, "
                f"expected {other[max(0, place - 20):place + 40]!r}")
    return faults
