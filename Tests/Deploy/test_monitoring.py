"""infra/prometheus and infra/grafana: the rules are tested by Prometheus' own tool, and the targets are the daemons'."""

import json
import re

import pytest
import yaml

from conftest import ROOT, SERVICES, run

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


def test_every_alert_tells_where_to_look():
    for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]:
        for rule in group["rules"]:
            assert "record" in rule or {"summary", "runbook"} <= set(rule["annotations"]), rule
            for page in re.findall(r"runbooks/[a-z-]+\.md", rule.get("annotations", {}).get("runbook", "")):
                assert (ROOT / "infra" / page).is_file(), page


def test_the_panels_lie_beside_each_other():
    taken = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
