#!/usr/bin/env python3
"""Checks of the rendered chart, the rules and the dashboards that no public tool makes.

chart_checks.py rendered FILE.yaml...   pods, selectors, configuration, routes of rendered charts
chart_checks.py observe OUT             rules, tests, dashboards and runbooks; writes the dashboards'
                                        queries to OUT as a rule file for promtool
chart_checks.py configs FILE OUT        the services' configuration files of a rendered chart
Prints what is wrong, one line each; exit code 1 when something is.
"""
import json
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts/yilian"
SERVICES = ["billing", "directory", "prescriptions", "referrals", "registries"]
WRONG = []


def need(fine, text):
    if not fine:
        WRONG.append(text)


def documents(file):
    return [d for d in yaml.safe_load_all(pathlib.Path(file).read_text(encoding="utf-8")) if d]


def pod_spec(document):
    if document["kind"] == "Pod":
        return document["spec"]
    return document["spec"]["template"]["spec"] if document["kind"] in ("Deployment", "Job") else None


def check_pod(where, spec):
    """Pod Security "restricted", and what is ours beyond it."""
    own = spec.get("securityContext", {})
    need(own.get("runAsNonRoot") is True and own.get("runAsUser", 0) > 0, f"{where}: may run as root")
    need(own.get("seccompProfile", {}).get("type") == "RuntimeDefault", f"{where}: no seccomp profile")
    need(spec.get("automountServiceAccountToken") is False, f"{where}: mounts an API token")
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        need(not spec.get(name), f"{where}: {name}")
    volumes = {volume["name"] for volume in spec.get("volumes", [])}
    for volume in spec.get("volumes", []):
        need("hostPath" not in volume, f"{where}: hostPath")
    for container in spec.get("initContainers", []) + spec["containers"]:
        label = f"{where}/{container['name']}"
        context = container.get("securityContext", {})
        need(context.get("allowPrivilegeEscalation") is False, f"{label}: may gain privileges")
        need(context.get("readOnlyRootFilesystem") is True, f"{label}: writable root file system")
        need(context.get("capabilities") == {"drop": ["ALL"]}, f"{label}: keeps capabilities")
        need("memory" in container.get("resources", {}).get("limits", {}), f"{label}: no memory limit")
        need("env" not in container, f"{label}: environment variables")
        for mount in container.get("volumeMounts", []):
            need(mount["name"] in volumes, f"{label}: no volume {mount['name']}")


def check_config(where, text, spec):
    """Every file that the configuration names lies under a mount of the container."""
    mounts = [mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]]
    given = {item["path"] for volume in spec["volumes"] for source in
             volume.get("projected", {}).get("sources", []) for item in source["secret"]["items"]}
    for path in re.findall(r"(?<![\w/])/(?:etc|run)/[\w./-]+", text):
        need(any(path == m or path.startswith(m + "/") for m in mounts), f"{where}: {path} is not mounted")
        if path.startswith("/run/yilian/secrets/"):
            need(path.rsplit("/", 1)[1] in given, f"{where}: no secret gives {path}")


def check_rendered(file):
    everything = documents(file)
    name = pathlib.Path(file).name
    by_name = {(d["kind"], d["metadata"]["name"]): d for d in everything}
    need(len(by_name) == len(everything), f"{name}: two objects of one kind and name")
    components = []
    for document in everything:
        where = f"{name}: {document['kind']}/{document['metadata']['name']}"
        need(document["kind"] != "Secret", f"{where}: the chart makes no Secret")
        spec = pod_spec(document)
        if spec is None:
            continue
        check_pod(where, spec)
        if document["kind"] == "Deployment":
            components.append(document["metadata"]["labels"]["app.kubernetes.io/component"])
            selector = document["spec"]["selector"]["matchLabels"]
            labels = document["spec"]["template"]["metadata"]["labels"]
            need(selector.items() <= labels.items(), f"{where}: selects other pods")
            container = spec["containers"][0]
            need(container["readinessProbe"]["grpc"]["service"] == "readiness", f"{where}: readiness probe")
            need(container["livenessProbe"]["grpc"]["service"] == "liveness", f"{where}: liveness probe")
            config = by_name[("ConfigMap", document["metadata"]["name"])]["data"]["service.yaml"]
            check_config(where, config, spec)
        scaled = ("HorizontalPodAutoscaler", "ScaledObject")
        targets = [d for d in everything if d["kind"] in scaled and
                   d["spec"]["scaleTargetRef"]["name"] == document["metadata"]["name"]]
        need(len(targets) <= 1, f"{where}: scaled twice")
        need(not targets or "replicas" not in document["spec"], f"{where}: replicas would fight the scaler")
    need(sorted(components) == SERVICES, f"{name}: deployments of {components}")


def proto_text(service):
    return {f.name: f.read_text(encoding="utf-8") for f in (ROOT / f"proto/yilian/{service}/v1").glob("*.proto")}


def check_lists():
    """The chart's lists of topics and gRPC services against proto/."""
    topics = {f"yilian.{service}.v1" for service in SERVICES}
    routed = set(re.findall(r"- (yilian\.\w+\.v1\.\w+)", (CHART / "templates/gateway.yaml").read_text("utf-8")))
    served = set()
    for service in SERVICES:
        for text in proto_text(service).values():
            served |= {f"yilian.{service}.v1.{name}" for name in re.findall(r"^service (\w+)", text, re.M)}
            for line in re.findall(r"consumers: ?(\[[^\]]*\]|\"\w+\")", text):
                topics |= {f"yilian.{consumer}.yilian.{service}.v1.dlt" for consumer in re.findall(r'"(\w+)"', line)}
    listed = set((CHART / "files/topics.txt").read_text("utf-8").split())
    need(topics == listed, f"files/topics.txt differs from proto/: {sorted(topics ^ listed)}")
    need(served == routed, f"templates/gateway.yaml differs from proto/: {sorted(served ^ routed)}")


def known_metrics():
    text = (ROOT / "libs/observe/metrics.cpp").read_text(encoding="utf-8")
    names = set()
    for kind, name in re.findall(r"(counter|gauge|timing)\(\s*\"(\w+)\"", text):
        names |= {name} if kind != "timing" else {f"{name}_{end}" for end in ("bucket", "sum", "count")}
    external = (ROOT / "deploy/prometheus/external-metrics.txt").read_text(encoding="utf-8").splitlines()
    return names, {line.split()[0] for line in external if line and not line.startswith("#")}


WORDS = set("""sum by max min count rate increase delta histogram_quantile topk abs absent and or unless on offset
time le label_values job_grpc_method""".split())


def metrics_of(expression):
    """Names of metrics: what is left of an expression without strings, labels, ranges and functions."""
    text = re.sub(r'"[^"]*"', "", expression)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", text)
    text = re.sub(r"\b(by|on|without|ignoring)\s*\([^)]*\)", "", text)
    found = set(re.findall(r"[a-zA-Z_][\w:]*", text))
    return {word for word in found if word not in WORDS and not re.fullmatch(r"[smhd]", word)}


def check_rules(known):
    folder = ROOT / "deploy/prometheus"
    runbooks = (ROOT / "docs/operations/runbooks.md").read_text(encoding="utf-8")
    anchors = {title.lower() for title in re.findall(r"^## (\w+)$", runbooks, re.M)}
    dashboards = {file.stem for file in (ROOT / "deploy/grafana").glob("*.json")}
    rules = [rule for file in sorted(folder.glob("*.rules.yaml"))
             for group in yaml.safe_load(file.read_text("utf-8"))["groups"] for rule in group["rules"]]
    records = {rule["record"] for rule in rules if "record" in rule}
    alerts = [rule for rule in rules if "alert" in rule]
    used = set()
    for rule in rules:
        metrics = metrics_of(rule["expr"])
        used |= metrics
        unknown = metrics - known - records
        need(not unknown, f"{rule.get('alert') or rule['record']}: no such metric {sorted(unknown)}")
    cases = yaml.safe_load((folder / "rules.tests.yaml").read_text("utf-8"))["tests"]
    outcomes = {(case["alertname"], bool(case["exp_alerts"])) for test in cases for case in test["alert_rule_test"]}
    for rule in alerts:
        name, notes = rule["alert"], rule["annotations"]
        need(rule["labels"]["severity"] in ("page", "ticket"), f"{name}: severity")
        need(notes["runbook_url"] == f"docs/operations/runbooks.md#{name.lower()}", f"{name}: runbook_url")
        need(name.lower() in anchors, f"{name}: no runbook")
        need(notes["dashboard"].removeprefix("yilian-") in dashboards, f"{name}: no dashboard {notes['dashboard']}")
        need((name, True) in outcomes, f"{name}: no test that it fires")
        need((name, False) in outcomes, f"{name}: no test that it does not fire")
    need(anchors == {rule["alert"].lower() for rule in alerts}, "runbooks for alerts that are none")
    return records, used


def check_dashboards(known, out):
    uids, expressions, used = set(), [], set()
    for file in sorted((ROOT / "deploy/grafana").glob("*.json")):
        board = json.loads(file.read_text(encoding="utf-8"))
        need(board["uid"] not in uids, f"{file.name}: uid twice")
        uids.add(board["uid"])
        need(board["title"] and board["description"], f"{file.name}: title or description is missing")
        need(board["editable"] is False, f"{file.name}: editable")
        for panel in board["panels"]:
            where = f"{file.name}: {panel['title']}"
            need(panel["description"] and panel["fieldConfig"]["defaults"]["unit"], f"{where}: description or unit")
            need(panel["targets"], f"{where}: no query")
            for target in panel["targets"]:
                metrics = metrics_of(target["expr"])
                used |= metrics
                need(not metrics - known, f"{where}: no such metric {sorted(metrics - known)}")
                expressions.append(target["expr"].replace("$__rate_interval", "5m"))
    rules = [{"record": f"dashboards:query:{i}", "expr": e} for i, e in enumerate(expressions)]
    pathlib.Path(out).write_text(json.dumps({"groups": [{"name": "dashboards", "rules": rules}]}), "utf-8")
    return len(expressions), used


def check_observe(out):
    own, external = known_metrics()
    need(len(own) > 20, "libs/observe/metrics.cpp was not understood")
    records, in_rules = check_rules(own | external)
    queries, in_boards = check_dashboards(own | external | records, out)
    print(f"{queries} queries of dashboards; metrics nobody looks at: "
          f"{', '.join(sorted(own - in_rules - in_boards)) or 'none'}")


def write_configs(file, out):
    folder = pathlib.Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents(file):
        if document["kind"] == "ConfigMap" and "service.yaml" in document["data"]:
            text = document["data"]["service.yaml"]
            stage = "migrate" if document["metadata"]["name"].endswith("-migrate") else "serve"
            service = yaml.safe_load(text)["service"]
            (folder / f"{service}.{stage}.yaml").write_text(text, encoding="utf-8")


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "rendered":
        check_lists()
        for file in arguments:
            check_rendered(file)
    elif command == "observe":
        check_observe(arguments[0])
    else:
        write_configs(*arguments)
    for text in WRONG:
        print(f"chart_checks: {text}", file=sys.stderr)
    sys.exit(1 if WRONG else 0)


main()
