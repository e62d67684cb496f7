#!/usr/bin/env python3
"""Prints the parts of one image as CycloneDX 1.5: the daemon, the Swift library inside it, and each Debian package.

usage: sbom.py SERVICE VERSION SWIFT FOLDER   where FOLDER holds what Debian says of each package, a file each
"""

import json
import re
import sys
from email.parser import HeaderParser
from pathlib import Path


def package(text):
    fields = HeaderParser().parsestr(text)
    name, version = fields["Package"], fields["Version"]
    purl = f"pkg:deb/debian/{name}@{version.replace(':', '%3A').replace('+', '%2B')}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "description": fields["Description"].splitlines()[0],
        "supplier": {"name": re.sub(r"\s*<.*>", "", fields["Maintainer"])},
        "purl": f"{purl}?arch={fields['Architecture']}&distro=bookworm",
    }


def bill(service, version, swift, folder):
    packages = [package(path.read_text()) for path in sorted(Path(folder).iterdir())]
    runtime = {"type": "library", "bom-ref": "swift", "name": "Swift standard library", "version": swift}
    daemon = {"type": "application", "bom-ref": "daemon", "name": f"carillon-{service}", "version": version}
    parts = [runtime, *packages]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": daemon},
        "components": parts,
        "dependencies": [{"ref": "daemon", "dependsOn": [part["bom-ref"] for part in parts]}],
    }


if __name__ == "__main__":
    json.dump(bill(*sys.argv[1:5]), sys.stdout, indent=1)
    print()
