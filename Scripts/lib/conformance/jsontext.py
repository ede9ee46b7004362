"""JSON as text: white space between tokens is taken away, everything else keeps its bytes."""

import json
import re

# A whole string, or a run of insignificant white space.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[ \t\r\n]+', re.DOTALL)


def stripped(text):
    return _TOKENS.sub(lambda match: match[0] if match[0][:1] == b'"' else b"", text)


def records(page):
    """The elements of a page's `conversations`, stripped. The array must be the page's first one."""
    text = stripped(page)
    start = text.index(b'"conversations":[') + len(b'"conversations":[')
    found, depth, begin, position = [], 0, start, start
    while True:
        byte = text[position:position + 1]
        if byte == b'"':
            position = _TOKENS.match(text, position).end()
            continue
        if depth == 0 and byte in (b",", b"]"):
            if position > begin:
                found.append(text[begin:position])
            begin = position + 1
            if byte == b"]":
                return found
        elif byte in (b"{", b"["):
            depth += 1
        elif byte in (b"}", b"]"):
            depth -= 1
        elif not byte:
            raise ValueError("the page ends inside its conversations")
        position += 1


def in_merged_order(lines):
    """Sorted by start, then by the bytes of the id; for starts written in one and the same form."""
    def key(line):
        record = json.loads(line)
        return record["conversationStart"], record["conversationId"].encode()

    return sorted(lines, key=key)
