"""infra/prometheus and infra/grafana: the rules are tested by Prometheus' own tool, and the targets are the daemons'."""

import json
import re

import pytest
import yaml

from conftest import ROOT, SERVICES, run, settings

PROMETHEUS = ROOT / "infra/prometheus"
DASHBOARD = ROOT / "infra/grafana/carillon.json"


def questions():
    """Every expression that the rules and the dashboard ask."""
    for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def metrics_asked_for():
    """The names of the daemons' metrics in them, without what a histogram's name is followed by."""
    found = {name for text in questions() for name in re.findall(r"\b(?:carillon|process)_[a-z_]+", text)}
    return {name.removesuffix("_bucket") for name in found}


def metrics_shown(text):
    """The names in an answer of /metrics."""
    return set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))


@pytest.fixture(scope="module")
def promtool():
    return run(ROOT / "infra/dev/promtool.sh").strip()


def test_the_rules_hold_what_their_tests_say(promtool):
    run(promtool, "check", "config", PROMETHEUS / "prometheus.yml")
    run(promtool, "test", "rules", PROMETHEUS / "rules.test.yml")


def test_every_daemon_is_watched_at_its_admin_port():
    jobs = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    watched = {target["labels"]["service"]: target["targets"] for target in jobs[0]["static_configs"]}
    assert watched == {service: [f"127.0.0.1:{7200 + offset}"] for service, (offset, _) in SERVICES.items()}


def alerts():
    groups = yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]
    return {rule["alert"]: rule["annotations"] for group in groups for rule in group["rules"] if "alert" in rule}


def test_every_alert_leads_to_its_section_and_every_section_is_led_to():
    page = (ROOT / "infra/runbooks/alerts.md").read_text()
    sections = dict(re.findall(r"^## (\w+)\n\n(.*?)(?=\n## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert list(sections) == list(alerts())
    for name, notes in alerts().items():
        assert {"summary", "look"} <= set(notes) and len(sections[name]) > 100
        assert notes["runbook"] == f"infra/runbooks/alerts.md#{name.lower()}"


def test_what_the_runbooks_name_exists():
    """Pages, events of the log, metrics and settings, as the sources have them."""
    sources = "".join(path.read_text() for top in ("Shared", "Services") for path in (ROOT / top).rglob("*.swift"))
    known = set().union(*(settings(service) for service in SERVICES))
    for page in (ROOT / "infra/runbooks").glob("*.md"):
        text = page.read_text()
        for name in re.findall(r"`(\w[\w-]*\.md)`", text):
            assert (page.parent / name).is_file(), (page.name, name)
        for name in re.findall(r"`((?:settings|schema|database|daemon|bus)\.[a-z_]+)`", text):
            assert f'"{name}"' in sources, (page.name, name)
        for name in re.findall(r"\bcarillon_[a-z]+_[a-z_]+\b", text):
            assert f'"{name}"' in sources or not re.search(r"(_total|_seconds|_ready)$", name), (page.name, name)
        assert set(re.findall(r"\bCARILLON_[A-Z0-9_]*[A-Z0-9]\b", text)) - known == set(), page.name


def test_the_panels_lie_beside_each_other():
    taken = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
