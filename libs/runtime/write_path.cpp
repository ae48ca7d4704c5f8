#include "libs/runtime/write_path.h"

#include <utility>
#include <variant>

#include "libs/base/failpoint.h"
#include "libs/events/event.h"
#include "libs/rpc/message_walk.h"
#include "libs/runtime/request_keys.h"

namespace yilian::runtime {

// One command between its call and its answer. A second run of the unit overwrites the answer.
struct WritePath::Running {
    std::shared_ptr<rpc::Call> call;
    const ErasedCommand& spec;
    RequestKey key;
    crypto::Digest fingerprint;
    std::any prepared;
    KeptAnswer answer;
    bool replayed = false;
    bool started = false;
    bool lost = false;  // by a planted bug
};

struct WritePath::Reading {
    std::shared_ptr<rpc::Call> call;
    const ErasedQuery& spec;
    std::variant<std::monostate, std::string, rpc::ErrorReply> answer;
    std::vector<RecordAccess> accesses;
    std::any prepared;
};

namespace {

void send(rpc::Call& call, KeptAnswer answer) {
    if (answer.code == rpc::Code::kOk) {
        call.answer(std::move(answer.bytes));
    } else {
        call.fail({answer.code, std::move(answer.reason), std::move(answer.bytes)});
    }
}

KeptAnswer answer_of(rpc::ErrorReply error) {
    KeptAnswer out;
    out.code = error.code;
    out.reason = std::move(error.reason);
    out.bytes = std::move(error.details);
    return out;
}

}  // namespace

WritePath::WritePath(Parts parts)
    : parts_(std::move(parts)),
      errors_(parts_.service),
      audit_(parts_.ids),
      access_events_(parts_.service, parts_.district),
      replays_(parts_.metrics.idempotency_replays_total()),
      pool_wait_(parts_.metrics.db_pool_wait_seconds()) {}

void WritePath::give_up(rpc::Call& call, const absl::Status& status) {
    const rpc::ErrorReply error = errors_.failure(status);
    if (error.code == rpc::Code::kInternal) {
        const std::string why(status.message());
        parts_.log.error("unit of work failed", {.trace = &call.trace(), .code = why});
    }
    call.fail(error);
}

void WritePath::command(const std::shared_ptr<rpc::Call>& call, const ErasedCommand& spec) {
    if (Violations violations = spec.validate(call->request()); !violations.empty()) {
        return call->fail(errors_.violations(violations));
    }
    auto running =
        std::make_shared<Running>(Running{call,
                                          spec,
                                          {call->caller().institution_id, call->method().name,
                                           rpc::string_field(call->request(), "request_id")},
                                          rpc::fingerprint(call->request(), {}),
                                          {},
                                          {},
                                          false,
                                          false,
                                          false});
    if (!spec.prepare) return submit(running);
    spec.prepare(call->caller(), call->request(), call->deadline(),
                 [this, running](Outcome<std::any> prepared) {
                     if (!prepared.ok()) {
                         return running->call->fail(errors_.refusal(prepared.refusal()));
                     }
                     running->prepared = std::move(prepared).value();
                     submit(running);
                 });
}

void WritePath::submit(const std::shared_ptr<Running>& running) {
    storage::Unit unit;
    unit.lock_keys = running->spec.lock_keys(running->call->request());
    // Two calls with one request id must meet even when their aggregates differ.
    unit.lock_keys.push_back("request/" + running->key.institution_id + "/" +
                             running->key.request_id);
    unit.deadline = running->call->deadline();
    unit.work = [this, running,
                 queued = std::chrono::steady_clock::now()](storage::Transaction& tx) {
        if (!std::exchange(running->started, true)) {
            pool_wait_.observe(std::chrono::steady_clock::now() - queued);
        }
        run(*running, tx);
        running->lost = planted_bug("ack_without_commit");
        if (running->lost) throw storage::Rollback(absl::CancelledError("planted bug"));
    };
    unit.done = [this, running](const absl::Status& status) {
        if (!status.ok() && !running->lost) return give_up(*running->call, status);
        failpoint("after_db_commit_before_ack");
        if (running->replayed) replays_.add();
        if (running->answer.code == rpc::Code::kOk && running->spec.reveal) {
            running->spec.reveal(running->call->caller(), running->call->request(),
                                 running->answer.bytes);
        }
        send(*running->call, std::move(running->answer));
    };
    if (absl::Status status = parts_.store.submit(std::move(unit)); !status.ok()) {
        give_up(*running->call, status);
    }
}

void WritePath::run(Running& running, storage::Transaction& tx) {
    running.replayed = false;
    auto kept = find_answer(tx, running.key);
    if (!kept) return run_fresh(running, tx);
    if (kept->fingerprint == running.fingerprint) {
        running.answer = *std::move(kept);
        running.replayed = true;
    } else {
        running.answer = answer_of(errors_.refusal({"ID_REUSED", {{"field", "request_id"}}}));
    }
}

void WritePath::run_fresh(Running& running, storage::Transaction& tx) {
    const Instant now = parts_.clock.now();
    const events::EventMeta meta{running.key.request_id, running.key.request_id,
                                 running.call->trace().traceparent(), now};
    CommandContext context{{tx, now, parts_.ids, parts_.outbox, parts_.policies, meta},
                           running.call->caller(),
                           running.prepared};
    const std::int64_t before = tx.writes();
    auto outcome = running.spec.run(context, running.call->request());
    if (outcome.ok()) {
        running.answer = KeptAnswer{};
        running.answer.bytes = std::move(outcome).value();
    } else {
        if (tx.writes() != before) {
            // The refusal would be kept beside half a change.
            throw storage::Rollback(absl::InternalError("a refusing command has written"));
        }
        running.answer = answer_of(errors_.refusal(outcome.refusal()));
        for (const events::EventDraft& draft : context.reports) {
            parts_.outbox.append(tx, draft, meta);
        }
    }
    running.answer.fingerprint = running.fingerprint;
    if (is_kept(running.answer.code) && !planted_bug("answer_not_kept")) {
        keep_answer(tx, running.key, running.answer,
                    std::chrono::system_clock::now() + parts_.answers_kept);
    }
    audit(tx, running, context);
}

void WritePath::audit(storage::Transaction& tx, const Running& running,
                      const CommandContext& context) {
    audit::Record record;
    record.at = context.now;
    record.actor = context.caller.subject;
    record.institution_id = context.caller.institution_id;
    record.client_id = context.caller.client_id;
    record.outcome = running.answer.code == rpc::Code::kOk ? "OK" : "REFUSED";
    record.reason = running.answer.reason;
    record.correlation_id = running.key.request_id;
    record.traceparent = context.meta.traceparent;
    static const std::vector<AuditNote> kNoNotes{{}};
    for (const AuditNote& note : context.notes.empty() ? kNoNotes : context.notes) {
        record.action = note.action.empty() ? running.key.method : note.action;
        record.subject = note.subject;
        record.resident_id = note.resident_id;
        audit_.append(tx, record);
    }
}

void WritePath::query(const std::shared_ptr<rpc::Call>& call, const ErasedQuery& spec) {
    if (Violations violations = spec.validate(call->request()); !violations.empty()) {
        return call->fail(errors_.violations(violations));
    }
    auto reading = std::make_shared<Reading>(Reading{call, spec, {}, {}, {}});
    if (!spec.prepare) return read(reading);
    spec.prepare(call->caller(), call->request(), call->deadline(),
                 [this, reading](Outcome<std::any> prepared) {
                     if (!prepared.ok()) {
                         return reading->call->fail(errors_.refusal(prepared.refusal()));
                     }
                     reading->prepared = std::move(prepared).value();
                     read(reading);
                 });
}

void WritePath::read(const std::shared_ptr<Reading>& reading) {
    const absl::Status status = parts_.store.submit_read(
        [this, reading](storage::Transaction& tx) {
            QueryContext context{
                tx, reading->call->caller(), parts_.clock.now(), parts_.policies, parts_.pages,
                {}, reading->prepared};
            auto outcome = reading->spec.run(context, reading->call->request());
            if (outcome.ok()) {
                reading->answer = std::move(outcome).value();
            } else {
                reading->answer = errors_.refusal(outcome.refusal());
            }
            reading->accesses = std::move(context.accesses);
        },
        [this, reading](const absl::Status& result) { finish_reading(reading, result); },
        reading->call->deadline());
    if (!status.ok()) give_up(*reading->call, status);
}

void WritePath::finish_reading(const std::shared_ptr<Reading>& reading,
                               const absl::Status& status) {
    if (!status.ok()) return give_up(*reading->call, status);
    if (const auto* error = std::get_if<rpc::ErrorReply>(&reading->answer)) {
        return reading->call->fail(*error);
    }
    if (reading->accesses.empty()) {
        return reading->call->answer(std::get<std::string>(std::move(reading->answer)));
    }
    storage::Unit unit;
    unit.lock_keys = {"access/" + reading->accesses.front().resident_id};
    unit.deadline = reading->call->deadline();
    unit.work = [this, reading](storage::Transaction& tx) { record_accesses(*reading, tx); };
    unit.done = [this, reading](const absl::Status& result) {
        if (!result.ok()) return give_up(*reading->call, result);
        reading->call->answer(std::get<std::string>(std::move(reading->answer)));
    };
    if (absl::Status result = parts_.store.submit(std::move(unit)); !result.ok()) {
        give_up(*reading->call, result);
    }
}

void WritePath::record_accesses(const Reading& reading, storage::Transaction& tx) {
    const rpc::Caller& caller = reading.call->caller();
    const Instant now = parts_.clock.now();
    audit::Record record;
    record.at = now;
    record.actor = caller.subject;
    record.institution_id = caller.institution_id;
    record.client_id = caller.client_id;
    record.action = reading.call->method().name;
    record.outcome = "OK";
    record.correlation_id = reading.call->trace().trace_id;
    record.traceparent = reading.call->trace().traceparent();
    const events::EventMeta meta{record.correlation_id, record.correlation_id, record.traceparent,
                                 now};
    for (const RecordAccess& access : reading.accesses) {
        record.subject = access.scope;
        record.resident_id = access.resident_id;
        record.purpose = access.purpose;
        record.reason = access.break_glass ? "BREAK_GLASS" : "";
        const std::string id = audit_.append(tx, record);
        if (const auto draft = access_events_.make(id, access, caller, now)) {
            parts_.outbox.append(tx, *draft, meta);
        }
    }
}

void WritePath::denied(const rpc::DeniedCall& call) {
    audit::Record record;
    record.at = parts_.clock.now();
    record.actor = call.subject;
    record.institution_id = call.institution_id;
    record.client_id = call.certificate_sha256;
    record.action = call.method;
    record.outcome = "DENIED";
    record.reason = call.reason;
    record.correlation_id = call.trace_id;
    storage::Unit unit;
    unit.lock_keys = {"denied"};
    unit.work = [this, record](storage::Transaction& tx) { audit_.append(tx, record); };
    unit.done = [this](const absl::Status& status) {
        if (!status.ok()) parts_.log.error("denied call not audited");
    };
    if (!parts_.store.submit(std::move(unit)).ok()) parts_.log.error("denied call not audited");
}

}  // namespace yilian::runtime
