#!/usr/bin/env python3
"""Writes the dashboards beside this file: make_dashboards.py [FOLDER].

The tables below are the source; tests/chart.sh checks that the JSON files are what they give.
"""
import json
import pathlib
import sys

JOB = 'job=~"$job"'
CALLS = 'grpc_server_handled_total{grpc_service=~"yilian[.].+",job=~"$job"}'
FAILED = ('grpc_server_handled_total{grpc_service=~"yilian[.].+",job=~"$job",'
          'grpc_code=~"Unknown|DeadlineExceeded|Internal|Unavailable|DataLoss"}')


def p99(metric, by, extra=""):
    return (f"histogram_quantile(0.99, sum by ({by}, le) "
            f"(rate({metric}_bucket{{{JOB}{extra}}}[$__rate_interval])))")


def done(service, *methods):
    names = "|".join(methods)
    return (f'sum by (grpc_method) (increase(grpc_server_handled_total{{grpc_code="OK",'
            f'grpc_service="yilian.{service}",grpc_method=~"{names}",{JOB}}}[1h]))')


def refused(service):
    return (f'sum by (grpc_method) (increase(grpc_server_handled_total{{grpc_code="FailedPrecondition",'
            f'grpc_service="yilian.{service}",{JOB}}}[1h])) > 0')


# Dashboard: file name, title, what it is for, panels of (title, description, unit, kind, [(query, legend)]).
DASHBOARDS = [
    ("overview", "Yilian: overview", "Does the consortium's platform keep its objective, and who does not?", [
        ("Processes up", "Targets that answer Prometheus.", "none", "stat",
         [(f"sum by (job) (up{{{JOB}}})", "{{job}}")]),
        ("Versions", "Processes by version; two during a rollout.", "none", "stat",
         [(f"count by (version) (build_info{{{JOB}}})", "{{version}}")]),
        ("Availability, 3 days", "Objective 99.9 %. Refusals with a reason count as answers.", "percentunit", "stat",
         [(f"1 - job:yilian_calls_failed:ratio_rate3d{{{JOB}}}", "{{job}}")]),
        ("Error budget left, 3 days", "1: nothing spent; 0: as much as the objective allows.", "percentunit", "stat",
         [(f"1 - job:yilian_calls_failed:ratio_rate3d{{{JOB}}} / 0.001", "{{job}}")]),
        ("Burn rate, 1 hour", "1: the budget lasts the month; 14.4 pages.", "none", "timeseries",
         [(f"job:yilian_calls_failed:ratio_rate1h{{{JOB}}} / 0.001", "{{job}}")]),
        ("Burn rate, 6 hours", "6 pages.", "none", "timeseries",
         [(f"job:yilian_calls_failed:ratio_rate6h{{{JOB}}} / 0.001", "{{job}}")]),
        ("Calls", "Finished calls a second.", "reqps", "timeseries",
         [(f"sum by (job) (rate({CALLS}[$__rate_interval]))", "{{job}}")]),
        ("Events from commit to commit, p99", "Objective 5 s.", "s", "timeseries",
         [("topic:yilian_event_seconds:p99_rate5m", "{{topic}}")]),
    ]),
    ("red", "Yilian: calls", "Rate, errors and duration of each service and method.", [
        ("Started", "Calls a second that came in.", "reqps", "timeseries",
         [(f'sum by (job) (rate(grpc_server_started_total{{grpc_service=~"yilian[.].+",{JOB}}}[$__rate_interval]))', "{{job}}")]),
        ("Failed", "Share of calls that ended by a failure of the platform.", "percentunit", "timeseries",
         [(f"sum by (job) (rate({FAILED}[$__rate_interval])) / (sum by (job) (rate({CALLS}[$__rate_interval])) > 0)", "{{job}}")]),
        ("Codes", "Finished calls by code.", "reqps", "timeseries",
         [(f"sum by (grpc_code) (rate({CALLS}[$__rate_interval])) > 0", "{{grpc_code}}")]),
        ("Busiest methods", "Ten most called.", "reqps", "timeseries",
         [(f"topk(10, sum by (grpc_service, grpc_method) (rate({CALLS}[$__rate_interval])) > 0)", "{{grpc_service}}/{{grpc_method}}")]),
        ("Duration, p50 and p99", "Start to end on the server.", "s", "timeseries",
         [(p99("grpc_server_handling_seconds", "job").replace("0.99", "0.5"), "{{job}} p50"),
          (p99("grpc_server_handling_seconds", "job"), "{{job}} p99")]),
        ("Slowest methods", "Ten highest p99.", "s", "timeseries",
         [(f"topk(10, job_grpc_method:yilian_call_seconds:p99_rate5m{{{JOB}}} > 0)", "{{grpc_service}}/{{grpc_method}}")]),
        ("Repeated requests", "Answered with the stored answer of their request id.", "reqps", "timeseries",
         [(f"sum by (job) (rate(idempotency_replays_total{{{JOB}}}[$__rate_interval]))", "{{job}}")]),
        ("Calls to other services", "By the service that calls, and code.", "reqps", "timeseries",
         [(f"sum by (job, grpc_code) (rate(grpc_client_handled_total{{{JOB}}}[$__rate_interval])) > 0", "{{job}} {{grpc_code}}")]),
    ]),
    ("pipeline", "Yilian: events", "From a commit to the commit of who hears of it.", [
        ("Outbox, rows", "Events that the broker has not acknowledged.", "none", "timeseries",
         [(f"max by (job) (outbox_unpublished_rows{{{JOB}}})", "{{job}}")]),
        ("Outbox, oldest", "Over two minutes pages.", "s", "timeseries",
         [(f"max by (job) (outbox_oldest_unpublished_age_seconds{{{JOB}}})", "{{job}}")]),
        ("Published", "Events acknowledged by the broker.", "cps", "timeseries",
         [(f"sum by (topic) (rate(outbox_published_total{{{JOB}}}[$__rate_interval]))", "{{topic}}")]),
        ("Lag", "Events that a service has not taken up (kafka_exporter).", "none", "timeseries",
         [('sum by (consumergroup, topic) (kafka_consumergroup_lag{consumergroup=~"yilian[.].+"})', "{{consumergroup}} {{topic}}")]),
        ("Handled", "Events applied, by topic and consumer.", "cps", "timeseries",
         [(f"sum by (job, topic) (rate(event_end_to_end_seconds_count{{{JOB}}}[$__rate_interval]))", "{{job}} {{topic}}")]),
        ("Commit to commit, p99", "By topic and consumer.", "s", "timeseries",
         [(p99("event_end_to_end_seconds", "job, topic"), "{{job}} {{topic}}")]),
        ("Duplicates", "Received again and dropped.", "cps", "timeseries",
         [(f"sum by (job, topic) (rate(inbox_duplicates_total{{{JOB}}}[$__rate_interval]))", "{{job}} {{topic}}")]),
        ("Dead letters", "Events that could not be applied, since the processes started.", "none", "timeseries",
         [(f"sum by (job, topic, reason) (events_dead_lettered_total{{{JOB}}})", "{{job}} {{topic}} {{reason}}")]),
    ]),
    ("business", "Yilian: business", "Referrals, prescriptions, registries and money, as counts of an hour.", [
        ("Referrals", "Accepted commands.", "none", "timeseries",
         [(done("referrals.v1.ReferralService", "SubmitReferral", "AcceptReferral", "RejectReferral", "RecordArrival", "CompleteReferral", "ProposeDown"), "{{grpc_method}}")]),
        ("Referrals refused", "FailedPrecondition, by command.", "none", "timeseries",
         [(refused("referrals.v1.ReferralService"), "{{grpc_method}}")]),
        ("Prescriptions", "Accepted commands.", "none", "timeseries",
         [(done("prescriptions.v1.PrescriptionService", "SignPrescription", "ReviewPass", "ReviewReturn", "ReviewRefuse", "ClaimPrescription", "DispenseLine"), "{{grpc_method}}")]),
        ("Registries", "Accepted commands.", "none", "timeseries",
         [(done("registries.v1.RegistryService", "ConfirmEnrolment", "RecordVisit", "CloseCareAction", "CloseEnrolment"), "{{grpc_method}}")]),
        ("Contracts", "Accepted commands.", "none", "timeseries",
         [(done("directory.v1.ContractService", "OfferContract", "SignContract", "RenewContract", "EndContract"), "{{grpc_method}}")]),
        ("Settlement lists and runs", "Accepted commands.", "none", "timeseries",
         [(done("billing.v1.SettlementListService", "SubmitSettlementList", "WithdrawSettlementList"), "{{grpc_method}}"),
          (done("billing.v1.SettlementService", "StartRun", "ApproveRun", "PublishRun", "ConfirmPayment", "FailPayment"), "{{grpc_method}}")]),
        ("Settlement run, p99", "Not exported yet: deploy/prometheus/README.md.", "s", "timeseries",
         [(f"histogram_quantile(0.99, sum by (le) (rate(settlement_batch_duration_seconds_bucket{{{JOB}}}[1h])))", "p99")]),
        ("Ledger imbalance, fen", "Must be 0. Not exported yet: deploy/prometheus/README.md.", "none", "stat",
         [(f"max by (job) (ledger_imbalance_fen{{{JOB}}})", "{{job}}")]),
    ]),
    ("storage", "Yilian: storage", "The services' side of their databases.", [
        ("Connections", "Open, by service.", "none", "timeseries",
         [(f'sum by (job) (db_pool_connections{{state="open",{JOB}}})', "{{job}}")]),
        ("Waiting", "Units of work that wait for a worker; over 100 pages.", "none", "timeseries",
         [(f'sum by (job) (db_pool_connections{{state="waiting",{JOB}}})', "{{job}}")]),
        ("Wait, p99", "Of a unit of work for its worker.", "s", "timeseries",
         [(p99("db_pool_wait_seconds", "job"), "{{job}}")]),
        ("Units of work", "A second.", "ops", "timeseries",
         [(f"sum by (job) (rate(db_pool_wait_seconds_count{{{JOB}}}[$__rate_interval]))", "{{job}}")]),
    ]),
    ("security", "Yilian: security", "Who is refused, and whether the audit chain is kept.", [
        ("Refused", "Calls without a valid token, and without the right.", "cps", "timeseries",
         [(f"sum by (job, reason) (rate(authz_denied_total{{{JOB}}}[$__rate_interval]))", "{{job}} {{reason}}")]),
        ("Refused methods", "PermissionDenied and Unauthenticated.", "cps", "timeseries",
         [(f'topk(10, sum by (grpc_method) (rate(grpc_server_handled_total{{grpc_code=~"PermissionDenied|Unauthenticated",{JOB}}}[$__rate_interval])) > 0)', "{{grpc_method}}")]),
        ("Audit rows not sealed, oldest", "About a second is usual; five minutes page.", "s", "timeseries",
         [(f"max by (job) (audit_chain_head_age_seconds{{{JOB}}})", "{{job}}")]),
        ("Limited", "Calls over the rate of their principal.", "cps", "timeseries",
         [(f'sum by (job) (rate(grpc_server_handled_total{{grpc_code="ResourceExhausted",{JOB}}}[$__rate_interval]))', "{{job}}")]),
    ]),
    ("integrator", "Yilian: integrator", "One consumer group outside of the platform: what it has not read yet.", [
        ("Lag", "By topic (kafka_exporter).", "none", "timeseries",
         [('sum by (topic) (kafka_consumergroup_lag{consumergroup="$group"})', "{{topic}}")]),
        ("Read", "Events a second.", "cps", "timeseries",
         [('sum by (topic) (rate(kafka_consumergroup_current_offset{consumergroup="$group"}[$__rate_interval]))', "{{topic}}")]),
        ("Time to drain", "Lag over the present pace.", "s", "timeseries",
         [('sum by (topic) (kafka_consumergroup_lag{consumergroup="$group"}) / (sum by (topic) (rate(kafka_consumergroup_current_offset{consumergroup="$group"}[10m])) > 0)', "{{topic}}")]),
        ("Published", "What there is to read.", "cps", "timeseries",
         [('sum by (topic) (rate(outbox_published_total{topic=~"yilian[.].+"}[$__rate_interval]))', "{{topic}}")]),
    ]),
]

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def variable(name, query):
    return {"name": name, "type": "query", "datasource": DATASOURCE, "refresh": 2, "sort": 1,
            "multi": name == "job", "includeAll": name == "job", "allValue": "yilian-.+" if name == "job" else None,
            "query": {"query": query, "refId": name}, "definition": query}


def panel(number, title, description, unit, kind, queries):
    shown = {"legend": {"displayMode": "list", "placement": "bottom"}} if kind == "timeseries" else {
        "reduceOptions": {"calcs": ["lastNotNull"]}}
    return {"id": number + 1, "title": title, "description": description, "type": kind, "datasource": DATASOURCE,
            "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
            "fieldConfig": {"defaults": {"unit": unit}, "overrides": []}, "options": shown,
            "targets": [{"refId": chr(65 + i), "datasource": DATASOURCE, "expr": expr, "legendFormat": legend}
                        for i, (expr, legend) in enumerate(queries)]}


def dashboard(name, title, description, panels):
    own = (variable("group", 'label_values(kafka_consumergroup_lag, consumergroup)') if name == "integrator"
           else variable("job", 'label_values(build_info{job=~"yilian-.+"}, job)'))
    return {"uid": f"yilian-{name}", "title": title, "description": description, "tags": ["yilian"], "editable": False,
            "schemaVersion": 39, "version": 1, "refresh": "30s", "timezone": "browser", "time": {"from": "now-3h", "to": "now"},
            "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}, own]},
            "panels": [panel(i, *row) for i, row in enumerate(panels)]}


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    for name, title, description, panels in DASHBOARDS:
        text = json.dumps(dashboard(name, title, description, panels), indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


main()
