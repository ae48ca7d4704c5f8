#include "libs/runtime/operator_service.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libs/outbox/status.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/validate.h"
#include "libs/runtime/queries.h"
#include "libs/runtime/timestamps.h"
#include "libs/runtime/version.h"
#include "yilian/common/v1/operator.pb.h"

namespace yilian::runtime {
namespace {

namespace v1 = common::v1;

constexpr std::size_t kViolationsShown = 100;
constexpr std::int32_t kDeadLettersDefault = 50;
constexpr std::int32_t kDeadLettersMax = 500;

std::string method(const char* name) {
    return std::string("yilian.common.v1.OperatorService/") + name;
}

template <class Req>
const Req& request_of(const rpc::Call& call) {
    return static_cast<const Req&>(call.request());
}

void refuse(rpc::Call& call, const OperatorParts& parts, Refusal refusal) {
    call.fail(parts.errors.refusal(refusal));
}

v1::ClockMode mode_of(const OperatorParts& parts) {
    return parts.driven ? v1::CLOCK_MODE_DRIVEN : v1::CLOCK_MODE_WALL;
}

// --- clock
// ----------------------------------------------------------------------------------------

v1::GetClockResponse get_clock(const OperatorParts& parts, QueryContext& context) {
    const timers::Pending pending = timers::pending(context.tx);
    v1::GetClockResponse out;
    out.set_mode(mode_of(parts));
    *out.mutable_now() = to_timestamp(context.now);
    if (pending.next_due) *out.mutable_next_due_at() = to_timestamp(*pending.next_due);
    out.set_pending_timers(pending.timers);
    return out;
}

void advance_clock(const OperatorParts& parts, const std::shared_ptr<rpc::Call>& call) {
    const auto& request = request_of<v1::AdvanceClockRequest>(*call);
    rpc::Validator v;
    v.timestamp("to", request.has_to(), request.to());
    if (Violations violations = v.done(); !violations.empty()) {
        return call->fail(parts.errors.violations(violations));
    }
    // Twice locked: the configuration refuses a driven clock in production, and so does this.
    if (!parts.driven || parts.config.profile == config::Profile::kProduction) {
        return refuse(*call, parts, {"CLOCK_NOT_DRIVEN", {}});
    }
    const Instant to = from_timestamp(request.to());
    if (to < parts.clock.now()) return refuse(*call, parts, {"CLOCK_BACKWARDS", {}});
    parts.timers.advance_to(to, [call, &parts](const absl::StatusOr<std::int64_t>& fired) {
        if (!fired.ok()) return call->fail(parts.errors.failure(fired.status()));
        v1::AdvanceClockResponse out;
        *out.mutable_now() = to_timestamp(parts.clock.now());
        out.set_fired_timers(*fired);
        call->answer(out.SerializeAsString());
    });
}

// --- pipeline
// -------------------------------------------------------------------------------------

v1::GetPipelineStatusResponse pipeline_status(const OperatorParts& parts, QueryContext& context) {
    const outbox::PipelineStatus status = outbox::pipeline_status(context.tx);
    v1::GetPipelineStatusResponse out;
    out.set_service(parts.config.service);
    out.set_outbox_unpublished(status.unpublished);
    for (const auto& at : status.published) {
        auto* published = out.add_published();
        published->set_topic(at.topic);
        published->set_partition(at.partition);
        published->set_last_offset(at.last_offset);
    }
    for (const auto& at : status.consumed) {
        auto* consumed = out.add_consumed();
        consumed->set_consumer(at.consumer);
        consumed->set_topic(at.topic);
        consumed->set_partition(at.partition);
        consumed->set_next_offset(at.next_offset);
    }
    out.set_parked_events(status.parked);
    out.set_dead_letters(status.dead_letters);
    out.set_cluster_id(status.cluster_id);
    out.set_overdue_timers(context.tx.select_one(queries::kOverdueTimers, context.now)->i64(0));
    return out;
}

// --- checks and counts
// ------------------------------------------------------------------------------

Outcome<v1::RunChecksResponse> run_checks(const OperatorParts& parts, QueryContext& context,
                                          const v1::RunChecksRequest& request) {
    std::vector<Check> all = common_checks();
    all.insert(all.end(), parts.registered.checks.begin(), parts.registered.checks.end());
    std::sort(all.begin(), all.end(), [](const Check& a, const Check& b) { return a.id < b.id; });
    const std::set<std::string> wanted(request.check_ids().begin(), request.check_ids().end());
    for (const std::string& id : wanted) {
        const auto same = [&](const Check& check) { return check.id == id; };
        if (std::none_of(all.begin(), all.end(), same)) {
            return Refusal{"CHECK_NOT_FOUND", {{"check_id", id}}};
        }
    }
    v1::RunChecksResponse out;
    out.set_service(parts.config.service);
    for (const Check& check : all) {
        if (!wanted.empty() && !wanted.contains(check.id)) continue;
        std::vector<std::string> violations = check.find(context.tx);
        std::sort(violations.begin(), violations.end());
        auto* result = out.add_results();
        result->set_check_id(check.id);
        result->set_description(check.what);
        result->set_violation_count(static_cast<std::int64_t>(violations.size()));
        violations.resize(std::min(violations.size(), kViolationsShown));
        for (std::string& violation : violations) result->add_violations(std::move(violation));
    }
    return out;
}

v1::GetCountsResponse get_counts(const OperatorParts& parts, QueryContext& context,
                                 const v1::GetCountsRequest& request) {
    Counts all = common_counts(context.tx);
    for (const auto& figures : parts.registered.counts) {
        Counts more = figures(context.tx);
        all.insert(all.end(), more.begin(), more.end());
    }
    std::sort(all.begin(), all.end(), [](const Figure& a, const Figure& b) {
        return std::tie(a.name, a.period, a.scope) < std::tie(b.name, b.period, b.scope);
    });
    const std::set<std::string> wanted(request.names().begin(), request.names().end());
    v1::GetCountsResponse out;
    out.set_service(parts.config.service);
    for (const Figure& figure : all) {
        if (!wanted.empty() && !wanted.contains(figure.name)) continue;
        auto* count = out.add_counts();
        count->set_name(figure.name);
        count->set_period(figure.period);
        count->set_scope(figure.scope);
        count->set_value(figure.value);
    }
    return out;
}

// --- projections
// ------------------------------------------------------------------------------------

v1::ListProjectionsResponse list_projections(const OperatorParts& parts) {
    std::vector<const outbox::Projection*> sorted;
    for (const auto& projection : parts.registered.projections) sorted.push_back(&projection);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return a->name < b->name; });
    v1::ListProjectionsResponse out;
    for (const outbox::Projection* projection : sorted) {
        auto* listed = out.add_projections();
        listed->set_name(projection->name);
        for (const auto& table : projection->tables) listed->add_tables(table.name);
        for (const auto& type : projection->types) listed->add_event_types(type);
    }
    return out;
}

void rebuild(const OperatorParts& parts, const std::shared_ptr<rpc::Call>& call) {
    const auto& request = request_of<v1::RebuildProjectionRequest>(*call);
    const auto& all = parts.registered.projections;
    const auto found = std::find_if(all.begin(), all.end(), [&](const outbox::Projection& p) {
        return p.name == request.projection();
    });
    if (found == all.end()) return refuse(*call, parts, {"PROJECTION_NOT_FOUND", {}});
    outbox::Consumer* consumer = parts.pipeline.consumer();
    if (consumer == nullptr) {
        return call->fail(parts.errors.failure(absl::UnavailableError("no broker configured")));
    }
    const auto source = request.source() == v1::REBUILD_SOURCE_TOPICS
                            ? outbox::RebuildSource::kTopics
                            : outbox::RebuildSource::kOwnerLog;
    consumer->rebuild(*found, source,
                      [call, &parts](const absl::StatusOr<outbox::RebuildReport>& report) {
                          if (!report.ok())
                              return call->fail(parts.errors.failure(report.status()));
                          v1::RebuildProjectionResponse out;
                          out.set_projection(report->projection);
                          out.set_applied_events(report->applied_events);
                          out.set_rows_before(report->rows_before);
                          out.set_rows_after(report->rows_after);
                          out.set_digest_before(report->digest_before);
                          out.set_digest_after(report->digest_after);
                          call->answer(out.SerializeAsString());
                      });
}

// --- dead letters
// -------------------------------------------------------------------------------------

// Position of a page: the sort key of its last row.
std::string position_of(const outbox::DeadLetterRow& row) {
    return std::to_string(to_ms(row.failed_at)) + '\n' + row.consumer + '\n' + row.topic + '\n' +
           row.event_id;
}
std::optional<outbox::DeadLetterRow> row_at(const std::string& position) {
    if (position.empty()) return std::nullopt;
    outbox::DeadLetterRow row;
    std::string rest = position;
    const auto next = [&rest] {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string part = rest.substr(0, end);
        rest.erase(0, end + 1);
        return part;
    };
    row.failed_at = instant_from_ms(std::stoll(next()));
    row.consumer = next();
    row.topic = next();
    row.event_id = next();
    return row;
}

Outcome<v1::ListDeadLettersResponse> list_dead_letters(QueryContext& context,
                                                       const v1::ListDeadLettersRequest& request) {
    const auto page = context.page(request, kDeadLettersDefault, kDeadLettersMax);
    if (!page.ok()) return page.refusal();
    auto rows = outbox::list_dead_letters(context.tx, row_at(page->position), page->size + 1);
    v1::ListDeadLettersResponse out;
    if (rows.size() > static_cast<std::size_t>(page->size)) {
        rows.pop_back();
        out.set_next_page_token(context.next_page_token(request, position_of(rows.back())));
    }
    for (const outbox::DeadLetterRow& row : rows) {
        auto* letter = out.add_dead_letters();
        letter->set_event_id(row.event_id);
        letter->set_consumer(row.consumer);
        letter->set_topic(row.topic);
        letter->set_partition(row.partition);
        letter->set_offset(row.offset);
        letter->set_type(row.type);
        letter->set_subject(row.subject);
        letter->set_reason(row.reason);
        *letter->mutable_failed_at() = to_timestamp(row.failed_at);
        letter->set_parked_behind(row.parked_behind);
    }
    return out;
}

void replay_dead_letters(const OperatorParts& parts, const std::shared_ptr<rpc::Call>& call) {
    const auto& request = request_of<v1::ReplayDeadLettersRequest>(*call);
    outbox::Consumer* consumer = parts.pipeline.consumer();
    if (consumer == nullptr) {
        return call->fail(parts.errors.failure(absl::UnavailableError("no broker configured")));
    }
    if (!request.consumer().empty() && request.consumer() != consumer->name()) {
        return refuse(*call, parts, {"DEAD_LETTER_NOT_FOUND", {{"consumer", request.consumer()}}});
    }
    outbox::DeadLetterFilter filter;
    filter.event_ids = {request.event_ids().begin(), request.event_ids().end()};
    consumer->replay_dead_letters(std::move(filter),
                                  [call](const outbox::DeadLetterReplay& replay) {
                                      v1::ReplayDeadLettersResponse out;
                                      out.set_applied(replay.applied);
                                      out.set_dropped(replay.dropped);
                                      out.set_remaining(replay.remaining);
                                      out.set_unparked(replay.unparked);
                                      call->answer(out.SerializeAsString());
                                  });
}

v1::GetServiceInfoResponse service_info(const OperatorParts& parts, QueryContext& context) {
    v1::GetServiceInfoResponse out;
    out.set_service(parts.config.service);
    out.set_version(std::string(kVersion));
    out.set_district_code(parts.config.district);
    out.set_store(parts.store.dialect() == storage::Dialect::kSqlite ? "sqlite" : "postgres");
    out.set_clock_mode(mode_of(parts));
    *out.mutable_now() = to_timestamp(context.now);
    return out;
}

}  // namespace

void bind_operator_service(ServerBinder& binder, OperatorParts given) {
    const auto parts = std::make_shared<const OperatorParts>(given);
    binder.query<v1::GetServiceInfoRequest, v1::GetServiceInfoResponse>(
        method("GetServiceInfo"),
        {.run = [parts](QueryContext& c, const v1::GetServiceInfoRequest&) {
            return Outcome<v1::GetServiceInfoResponse>(service_info(*parts, c));
        }});
    binder.query<v1::GetClockRequest, v1::GetClockResponse>(
        method("GetClock"), {.run = [parts](QueryContext& c, const v1::GetClockRequest&) {
            return Outcome<v1::GetClockResponse>(get_clock(*parts, c));
        }});
    binder.query<v1::GetPipelineStatusRequest, v1::GetPipelineStatusResponse>(
        method("GetPipelineStatus"),
        {.run = [parts](QueryContext& c, const v1::GetPipelineStatusRequest&) {
            return Outcome<v1::GetPipelineStatusResponse>(pipeline_status(*parts, c));
        }});
    binder.query<v1::RunChecksRequest, v1::RunChecksResponse>(
        method("RunChecks"), {.run = [parts](QueryContext& c, const v1::RunChecksRequest& r) {
            return run_checks(*parts, c, r);
        }});
    binder.query<v1::GetCountsRequest, v1::GetCountsResponse>(
        method("GetCounts"), {.run = [parts](QueryContext& c, const v1::GetCountsRequest& r) {
            return Outcome<v1::GetCountsResponse>(get_counts(*parts, c, r));
        }});
    binder.query<v1::ListProjectionsRequest, v1::ListProjectionsResponse>(
        method("ListProjections"),
        {.run = [parts](QueryContext&, const v1::ListProjectionsRequest&) {
            return Outcome<v1::ListProjectionsResponse>(list_projections(*parts));
        }});
    binder.query<v1::ListDeadLettersRequest, v1::ListDeadLettersResponse>(
        method("ListDeadLetters"),
        {.run = [](QueryContext& c, const v1::ListDeadLettersRequest& r) {
            return list_dead_letters(c, r);
        }});
    binder.bind_raw(method("AdvanceClock"), v1::AdvanceClockRequest::default_instance(),
                    [parts](const auto& call) { advance_clock(*parts, call); });
    binder.bind_raw(method("RebuildProjection"), v1::RebuildProjectionRequest::default_instance(),
                    [parts](const auto& call) { rebuild(*parts, call); });
    binder.bind_raw(method("ReplayDeadLetters"), v1::ReplayDeadLettersRequest::default_instance(),
                    [parts](const auto& call) { replay_dead_letters(*parts, call); });
}

}  // namespace yilian::runtime
