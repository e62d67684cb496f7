"""What Python's zoneinfo and python-dateutil say of zones and recurrences, one fact per line; see OracleTests.swift."""
import random
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone

UTC = timezone.utc
FIRST, LAST = 1577836800, 2240611200  # 2020 to 2040 inclusive


def offset(zone, moment):
    return int(datetime.fromtimestamp(moment, zone).utcoffset().total_seconds())


def changes(zone):
    """All moments of a change: steps of four days, then halves."""
    at, known = FIRST, offset(zone, FIRST)
    while at < LAST:
        step = at + 4 * 86400
        if offset(zone, step) != known:
            low, high = at, step
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == known else (low, middle)
            at, known = high, offset(zone, high)
            if at < LAST:
                yield at
        else:
            at = step


def zones():
    for name in sorted(zoneinfo.available_timezones() - {"localtime", "posixrules", "Factory"}):
        zone = zoneinfo.ZoneInfo(name)
        print("zone", name, offset(zone, FIRST))
        for change in changes(zone):
            before = offset(zone, change - 1)
            print("change", change, offset(zone, change))
            for minutes in (-90, -60, -45, -15, 0, 1, 15, 45, 60, 90):
                wall = change + before + minutes * 60
                shown = datetime.fromtimestamp(wall, UTC).replace(tzinfo=zone, fold=0)
                print("wall", wall, int(shown.timestamp()))


def rule(rng):
    freq = rng.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = ["FREQ=" + freq]
    if rng.random() < 0.5:
        parts.append("INTERVAL=%d" % rng.randint(1, 5))
    if rng.random() < 0.3:
        parts.append("COUNT=%d" % rng.randint(1, 25))
    days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    if freq == "WEEKLY":
        parts.append("BYDAY=" + ",".join(rng.sample(days, rng.randint(1, 4))))
        if rng.random() < 0.3:
            parts.append("WKST=" + rng.choice(["MO", "SU"]))
    elif freq == "MONTHLY" and rng.random() < 0.6:
        if rng.random() < 0.5:
            parts.append("BYDAY=%d%s" % (rng.choice([1, 2, 3, 4, 5, -1, -2]), rng.choice(days)))
        else:
            parts.append("BYMONTHDAY=%d" % rng.choice([1, 15, 28, 29, 30, 31, -1]))
    elif freq == "YEARLY" and rng.random() < 0.6:
        parts.append("BYMONTH=%d" % rng.randint(1, 12))
        if rng.random() < 0.5:
            parts.append("BYDAY=%d%s" % (rng.choice([1, 2, -1]), rng.choice(days)))
    elif freq == "DAILY" and rng.random() < 0.3:
        parts.append("BYMONTH=%s" % ",".join(map(str, sorted(rng.sample(range(1, 13), 3)))))
    if not any(part.startswith("COUNT") for part in parts) and rng.random() < 0.3:
        parts.append("UNTIL=%d0%d15T120000Z" % (rng.randint(2022, 2039), rng.randint(1, 9)))
    return ";".join(parts)


def moment(wall, zone):
    return int(wall.replace(tzinfo=zone, fold=0).timestamp())


def recurrences():
    from dateutil.rrule import rrulestr

    rng = random.Random(5545)
    names = ["America/Vancouver", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata",
             "America/Sao_Paulo", "Pacific/Chatham", "Asia/Gaza", "Europe/Dublin", "America/St_Johns"]
    for _ in range(int(sys.argv[2])):
        name = rng.choice(names)
        zone = zoneinfo.ZoneInfo(name)
        text = rule(rng)
        first = datetime(2020, 1, 1) + timedelta(minutes=15 * rng.randrange(96 * 365 * 2))
        bare = ";".join(part for part in text.split(";") if not part.startswith("UNTIL"))
        until = [part[6:] for part in text.split(";") if part.startswith("UNTIL")]
        end = datetime.strptime(until[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() if until else LAST
        starts = []
        for wall in rrulestr("RRULE:" + bare, dtstart=first):
            start = moment(wall, zone)
            if start > end or start >= LAST or len(starts) == 60:
                break
            starts.append(start)
        wall = int(first.replace(tzinfo=UTC).timestamp())
        print("series", name, text, wall, ",".join(map(str, starts)) or "-")


{"zones": zones, "recurrences": recurrences}[sys.argv[1]]()
