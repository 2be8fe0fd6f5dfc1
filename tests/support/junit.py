"""Prints the tests of a JUnit report, a line each: PASS, FAIL or SKIP and `file.py::test_name[parameters]`."""

import sys
import xml.etree.ElementTree as ElementTree


def main(report: str) -> int:
    """Returns 1 when the report holds no test."""
    cases = list(ElementTree.parse(report).iter("testcase"))
    for case in cases:
        outcomes = {child.tag for child in case}
        result = "FAIL" if outcomes & {"failure", "error"} else "SKIP" if "skipped" in outcomes else "PASS"
        module = case.get("classname", "").split(".")
        file = next((part for part in module if part.startswith("test_")), module[-1])
        print(result, f"{file}.py::{case.get('name')}")
    return 0 if cases else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
