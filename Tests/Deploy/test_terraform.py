"""infra/terraform: formatted, complete in itself, and true to the daemons; validated where the provider is at hand."""

import re
import shutil
import subprocess

import hcl2
import pytest

from conftest import ROOT, SERVICES, run, settings
from provider import Provider

FOLDER = ROOT / "infra/terraform"
TEXTS = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.tf"))}
WHOLE = re.sub(r"^\s*#.*$", "", "\n".join(TEXTS.values()), flags=re.MULTILINE)

needs_terraform = pytest.mark.skipif(not shutil.which("terraform"), reason="no terraform here")


def bare(name):
    return name.strip('"')


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_can_be_read(name):
    assert hcl2.loads(TEXTS[name])


@needs_terraform
def test_the_files_are_formatted():
    run("terraform", "fmt", "-check", "-diff", FOLDER)


@needs_terraform
def test_the_provider_agrees(tmp_path):
    run("cp", "-r", FOLDER, tmp_path)
    place = tmp_path / "terraform"
    begun = subprocess.run(["terraform", f"-chdir={place}", "init", "-backend=false", "-input=false"],
                           capture_output=True, text=True)
    if begun.returncode:
        pytest.skip("terraform has no provider plugins here and cannot fetch them")
    run("terraform", f"-chdir={place}", "validate")


@pytest.fixture(scope="module")
def provider():
    return Provider(run(ROOT / "infra/dev/provider.sh").strip())


@pytest.mark.parametrize("name", TEXTS)
def test_every_argument_is_one_that_the_provider_takes(name, provider):
    document = hcl2.loads(TEXTS[name])
    blocks = [(kind, block) for kind in ("resource", "data") for block in document.get(kind, [])]
    assert [fault for kind, block in blocks for fault in provider.faults(kind, block)] == []


def test_a_wrong_argument_is_found(provider):
    text = """resource "aws_lb" "a" {
      idle_timeouts = 3
      access_logs { bucke = "x" }
    }"""
    block, = hcl2.loads(text)["resource"]
    assert list(provider.faults("resource", block)) == [
        'aws_lb."a" takes no idle_timeouts', 'aws_lb."a".access_logs takes no bucke', 'aws_lb."a".access_logs lacks bucket']
    assert list(provider.faults("resource", {'"aws_lbb"': {}})) == ["resource aws_lbb does not exist"]


def declared():
    """What other blocks may name: aws_x.y, data.aws_x.y, var.y, local.y."""
    names = {f"{kind}.{name}" for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', WHOLE, re.MULTILINE)}
    for word in ("data", "ephemeral"):
        names |= {f"{word}.{kind}.{name}" for kind, name in re.findall(rf'^{word} "(\w+)" "(\w+)"', WHOLE, re.MULTILINE)}
    names |= {f"var.{name}" for name in re.findall(r'^variable "(\w+)"', WHOLE, re.MULTILINE)}
    for text in TEXTS.values():
        for block in hcl2.loads(text).get("locals", []):
            names |= {f"local.{bare(name)}" for name in block if not name.startswith("__")}
    return names


def used():
    text = re.sub(r'^(?:resource|data|ephemeral|variable) .*$', "", WHOLE, flags=re.MULTILINE)
    names = set(re.findall(r"\b((?:data|ephemeral)\.\w+\.\w+)", text))
    names |= set(re.findall(r"(?<![\w.])((?:var|local)\.\w+)", text))
    return names | set(re.findall(r"(?<![\w.])(aws_\w+\.\w+)", text))


def test_everything_that_is_named_exists_and_every_variable_is_used():
    names, uses = declared(), used()
    assert uses - names == set()
    assert {name for name in names if name.startswith(("var.", "local."))} - uses == set()


def test_the_daemons_are_the_suites():
    rows = re.findall(r"^    (\w+)\s+= \{ offset = (\d), stored = (\w+),", TEXTS["services.tf"], re.MULTILINE)
    assert {name: (int(offset), stored == "true") for name, offset, stored in rows} == {
        name: (offset, schema is not None) for name, (offset, schema) in SERVICES.items()
    }


def test_every_setting_is_one_that_the_daemons_read():
    known = set().union(*(settings(service) for service in SERVICES))
    named = set(re.findall(r"\b(CARILLON_[A-Z_]*[A-Z])\b(?!_?\$)", WHOLE)) - {"CARILLON"}
    assert named - known == set()
    assert "CARILLON_${upper(name)}_BUS" in WHOLE
