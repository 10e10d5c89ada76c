"""The model of docs/roster.md once more, for the solver CP-SAT of OR-Tools.

Reads an instance as JSON from standard input, as `rota-bench` writes it, and works out everything else by
itself, so that a mistake on either side shows as a difference. Fixed names must keep the rules. Names in
`hint`, if any, are where the search begins. Writes lines: `status`, `bound`, `seconds`, `cost`, and
`name SHIFT HELPER` for every name.

    python cp_sat.py SECONDS < instance.json
"""

import json
import math
import os
import sys
from collections import defaultdict

from ortools.sat.python import cp_model

DAY, WEEK = 1440, 10080


def shared(a, b):
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def covered(span, spans):
    at = span[0]
    for start, end in sorted(spans):
        if start > at:
            break
        at = max(at, end)
    return at >= span[1]


def is_night(span, rules):
    length = (rules["night_to"] - rules["night_from"]) % DAY
    first = (span[0] - rules["monday"]) // DAY - 1
    last = (span[1] - rules["monday"]) // DAY
    starts = (rules["monday"] + d * DAY + rules["night_from"] for d in range(first, last + 1))
    return any(shared(span, (s, s + length)) >= max(1, rules["least"]) for s in starts)


def is_weekend(span, rules):
    mondays = (rules["monday"] + w * WEEK for w, _ in weeks(span, rules))
    return any(shared(span, (m + 5 * DAY, m + WEEK)) >= max(1, rules["least"]) for m in mondays)


def weeks(span, rules):
    first = (span[0] - rules["monday"]) // WEEK
    last = (span[1] - rules["monday"]) // WEEK
    for week in range(first, last + 1):
        monday = rules["monday"] + week * WEEK
        minutes = shared(span, (monday, monday + WEEK))
        if minutes:
            yield week, minutes


def hours(minutes):
    return (minutes + 30) // 60


def fits(shift, helper):
    span = shift["span"]
    if shift["skills"] & ~helper["skills"]:
        return False
    needed, until = shift["covered_to"], helper["cover_until"]
    if needed is not None and until is not None and until < needed:
        return False
    if helper["available"] is not None and not covered(span, helper["available"]):
        return False
    if any(shared(span, away) for away in helper["unavailable"]):
        return False
    if shift["org"] is not None and shift["org"] != helper["org"]:
        return False
    loop, stays = shift["closed_loop"], helper["stays"]
    if any(stay[0] != loop and shared(span, stay[1:]) for stay in stays):
        return False
    return loop is None or covered(span, [stay[1:] for stay in stays if stay[0] == loop])


def metres(instance, helper, shift):
    home, place = helper["home"], shift["place"]
    return 0 if home is None or place is None else instance["metres"][home][place]


def build(instance):
    model = cp_model.CpModel()
    rules, weights = instance["rules"], instance["rules"]["weights"]
    shifts, helpers = instance["shifts"], instance["helpers"]
    fixed = {tuple(name) for name in instance["fixed"]}
    hint = {tuple(name) for name in instance["hint"]}
    x = {}

    def hinted(variable, value):
        # A hint counts as a roster to begin from only if it says every variable.
        if hint:
            model.add_hint(variable, value)
        return variable

    for s, shift in enumerate(shifts):
        for h, helper in enumerate(helpers):
            if (s, h) in fixed or fits(shift, helper):
                x[s, h] = hinted(model.new_bool_var(""), (s, h) in hint)
                if (s, h) in fixed:
                    model.add(x[s, h] == 1)
    on = defaultdict(list)
    duties = defaultdict(list)
    for s, h in x:
        on[s].append(h)
        duties[h].append(s)
    cost = []
    sizes = defaultdict(int)
    for helper in helpers:
        if helper["group"] is not None:
            sizes[helper["group"]] += 1
    for s, shift in enumerate(shifts):
        needed = shift["needed"]
        names = sum(x[s, h] for h in on[s])
        model.add(names <= needed)
        cost.append(weights["empty"] * (needed - names))
        groups = defaultdict(list)
        for h in on[s]:
            way = metres(instance, helpers[h], shift)
            cost.append(weights["travel"] * way // 1000 * x[s, h])
            if helpers[h]["group"] is not None:
                groups[helpers[h]["group"]].append(h)
        for group, members in groups.items():
            full = min(needed, shift["together"], sizes[group])
            if full > 1:
                present = sum((s, h) in hint for h in members)
                here = hinted(model.new_bool_var(""), present > 0)
                for h in members:
                    model.add_implication(x[s, h], here)
                missing = hinted(model.new_int_var(0, full, ""), max(0, full - present) if present else 0)
                model.add(missing >= full * here - sum(x[s, h] for h in members))
                cost.append(weights["groups"] * missing)
    night = [int(is_night(shift["span"], rules)) for shift in shifts]
    weekend = [int(is_weekend(shift["span"], rules)) for shift in shifts]
    length = [hours(shift["span"][1] - shift["span"][0]) for shift in shifts]
    for h, helper in enumerate(helpers):
        mine = sorted(duties[h], key=lambda s: shifts[s]["span"])
        # One place at a time, with rest: of all shifts that are going on, or rested from, when one of them
        # begins, one at most.
        for s in mine:
            start = shifts[s]["span"][0]
            going = [
                o for o in mine if shifts[o]["span"][0] <= start < shifts[o]["span"][1] + rules["rest"]
            ]
            if len(going) > 1:
                model.add_at_most_one(x[o, h] for o in going)
        most = rules["week_minutes"]
        if helper["week_minutes"] is not None:
            most = min(most, helper["week_minutes"])
        by_week = defaultdict(list)
        for s in mine:
            for week, minutes in weeks(shifts[s]["span"], rules):
                by_week[week].append(minutes * x[s, h])
        for minutes in by_week.values():
            model.add(sum(minutes) <= most)
        before = hours(helper["already_minutes"])
        for weight, base, each in (
            (weights["nights"], helper["nights_before"], night),
            (weights["weekends"], helper["weekends_before"], weekend),
            (weights["hours"], before, length),
        ):
            some = [s for s in mine if each[s]]
            if not some or not weight:
                continue
            top = base + sum(each[s] for s in some)
            done = base + sum(each[s] for s in some if (s, h) in hint)
            load = hinted(model.new_int_var(base, top, ""), done)
            model.add(load == base + sum(each[s] * x[s, h] for s in some))
            square = hinted(model.new_int_var(base * base, top * top, ""), done * done)
            model.add_multiplication_equality(square, [load, load])
            cost.append(weight * (square - base * base))
    model.minimize(sum(cost))
    return model, x


def main():
    model, x = build(json.load(sys.stdin))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = float(sys.argv[1])
    # With fewer workers than this it leaves out most of its ways to search, however few processors there are.
    solver.parameters.num_workers = max(8, os.cpu_count() or 1)
    solver.parameters.random_seed = 1
    status = solver.solve(model)
    names = []
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        names = [[s, h] for (s, h), chosen in x.items() if solver.value(chosen)]
    bound = solver.best_objective_bound
    print("status", solver.status_name(status))
    print("bound", math.ceil(bound - 1e-6) if math.isfinite(bound) else 0)
    print("seconds", solver.wall_time)
    if names:
        print("cost", round(solver.objective_value))
    for s, h in names:
        print("name", s, h)


if __name__ == "__main__":
    main()
