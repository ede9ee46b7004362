"""Documents that are not true, and what must be said of each: the runner itself is tested in every run."""
import blocks
from runner import Runner

# Markdown, with ''' for the fences, and words of the complaint. None: nothing may be said of it.
BROKEN = [
    ("'''\ntrawl runs week\n'''", "does not say what it is"),
    ("'''console\ntrawl runs week\n'''", "no kind of block"),
    ("'''json\n{}\n'''\n'''yaml\ntrawl runs week\n'''", "a command in a block called 'yaml'"),
    ("'''text\nweek\n'''", "an output without commands"),
    ("<!-- not run: no time -->\n'''sh\ntrawl runs\n'''", "a reason that is none"),
    ("<!-- not run: long -->\n'''sh\ntrawl runs\n'''", "only scripts are long"),
    ("<!-- not run: long -->\n'''sh\nScripts/nothing\n'''", "there is no Scripts/nothing"),
    ("<!-- not run: long -->\n'''sh\nScripts/chaos --hours 3\n'''", "Scripts/chaos has no --hours"),
    ("<!-- not run: by .ci/run -->\n'''sh\nsystemctl stop everything\n'''", "nothing in it says 'systemctl'"),
    ("<!-- not run: by Scripts/nothing -->\n'''sh\ntrawl runs\n'''", "there is no Scripts/nothing"),
    ("<!-- not run: needs a cluster -->\n'''sh\ntrawl runs\n'''", "this needs no cluster"),
    ("Give `trawl\nrum DIR` and wait.", "there is no command 'rum'"),
    ("Give `trawl run --quick` and wait.", "knows no --quick"),
    ("'''sh\necho 'no end\n'''", "no shell can read this"),
    ("'''sh\ntrue\nfalse\n'''", "ended 1, not 0: false"),
    ("'''sh\ntrue  # exit 3: not yet\n'''", "ended 0, not 3"),
    ("'''sh\ntrawl runs nowhere\n'''", "ended 64, not 0"),
    ("'''sh\nprintf '7 rows\\nmore\\n'\n'''\n\n'''text\n8 rows\nmore\n'''", "this is not what was printed"),
    ("'''sh\necho one; echo two >&2\n'''\n'''text\none\n'''", "on standard error"),
    ("'''python\nprint(1)\n'''\n'''text\n2\n'''", "this is not what was printed"),
    ("'''sh\necho a\nfor i in 1 2\ndo echo 7,$i rows\ndone\n(exit 3)  # exit 3\n'''\n'''text like\na\n1 rows\n…\n'''", None),
    ("'''sh\ncd /; A=1\n'''\n'''sh\ntest $PWD$A = /1 && echo 12 at redis.internal:6379\n'''\n'''text\n1… at redis.internal:6379\n'''", None),
    ("`trawl runs DIR` lists them.\n\n<!-- not run: long -->\n'''sh\nScripts/chaos --seed 1\n'''", None),
]


def unnoticed(trawl: str, scratch, elsewhere, python: str) -> list[str]:
    """What the runner has said of these documents other than it must."""
    faults = []
    file = scratch / "broken.md"
    for number, (text, complaint) in enumerate(BROKEN):
        file.write_text(text.replace("'''", "```") + "\n")
        try:
            runner = Runner(blocks.read(file, f"broken/{number}"), trawl, scratch, elsewhere, python, False)
            runner.run()
            said = "\n".join(runner.wrong)
        except ValueError as error:
            said = str(error)
        if bool(said) != bool(complaint) or (complaint or "") not in said:
            faults.append(f"the runner said of broken document {number}, which must get {complaint!r}: {said or 'nothing'}")
    file.unlink()
    return faults
