#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/base/clock.h"
#include "libs/base/invariant.h"
#include "libs/base/outcome.h"
#include "libs/base/reason.h"
#include "libs/base/ulid.h"
#include "libs/events/event.h"
#include "libs/rpc/caller.h"
#include "libs/storage/transaction.h"

namespace yilian::outbox {
class OutboxWriter;
}
namespace yilian::policy {
class PolicyStore;
}
namespace yilian::rpc {
class PageTokens;
}
namespace yilian::timers {
struct Timer;
}

// What a service writes to be called (architecture.md 5). A command or query is a plain value of
// functions, so a test calls them without gRPC; the write path around them (deadline,
// authentication, method table, validation, idempotency, audit, metrics) exists once, in runtime.
namespace yilian::runtime {

// One unit of work in progress: what commands and timers share. Valid during the call only. Every
// change goes through `tx`, because the unit may run again.
struct WorkContext {
    storage::Transaction& tx;
    Instant now;    // business clock, read once when the unit starts
    IdSource& ids;  // for records whose id the client did not choose
    const outbox::OutboxWriter& outbox;
    const policy::PolicyStore& policies;  // at(district, service date)
    const events::EventMeta& meta;        // correlation, causation, traceparent of this work

    // Appends the event to the outbox in this transaction; answers its event id.
    std::string append(const events::EventDraft& draft) const;
};

// A change of somebody's record as the audit trail keeps it. Ids and codes only.
struct AuditNote {
    std::string action;       // "" = the method's name
    std::string subject;      // "<aggregate>/<id>"
    std::string resident_id;  // "" where no resident is concerned
};

// A command inside its unit.
struct CommandContext : WorkContext {
    const rpc::Caller& caller;
    const std::any& prepared;  // what CommandSpec::prepare gave; empty without one
    std::vector<AuditNote> notes{};
    std::vector<events::EventDraft> reports{};

    // An event of a refusal: a command that changes nothing may still have found something that
    // others must hear of (a trace code seen twice). Published with the refusal, dropped when the
    // command is not refused.
    void report(events::EventDraft draft) { reports.push_back(std::move(draft)); }

    // Names what this command touches. Each call becomes one audit row of this transaction with the
    // outcome of the command; without a call one row with the method's name is written. Refusals
    // are audited in the same way.
    void audit(std::string subject, std::string resident_id = "", std::string action = "") {
        notes.push_back({std::move(action), std::move(subject), std::move(resident_id)});
    }
};

// A timer that has come due, inside its unit; `now` is its due time or later. Timers are set and
// cancelled with the functions of libs/timers/timers.h on `tx`, here and in commands.
struct TimerContext : WorkContext {
    const timers::Timer& timer;
};

// One read of a resident's record (interop.md 8).
struct RecordAccess {
    std::string resident_id;
    std::string purpose;  // code
    std::string scope;    // what was read, "referral/<id>"
    bool break_glass = false;
};

// Page of a list: `size` rows after `position` ("" = from the start).
struct Page {
    std::int32_t size = 0;
    std::string position;
};

// A query on a reader connection: one consistent snapshot, no writes.
struct QueryContext {
    storage::Transaction& tx;
    const rpc::Caller& caller;
    Instant now;
    const policy::PolicyStore& policies;
    const rpc::PageTokens& pages;
    std::vector<RecordAccess> accesses{};
    std::any prepared{};  // what QuerySpec::prepare gave; empty without one

    // Registers that this answer shows a resident's record. The answer leaves only after the audit
    // row and the AccessRecorded event of this service are durable.
    void access(RecordAccess what) { accesses.push_back(std::move(what)); }

    // Reads page_size and page_token of `request`. A token that is not this list's own (other
    // parameters, other caller, damaged) is refused with FIELD_INVALID.
    [[nodiscard]] Outcome<Page> page(const google::protobuf::Message& request,
                                     std::int32_t default_size, std::int32_t max_size) const;
    // The token that continues `request` after `position`: opaque, bound to the other parameters.
    [[nodiscard]] std::string next_page_token(const google::protobuf::Message& request,
                                              std::string_view position) const;
};

// Answers of CommandSpec::prepare and QuerySpec::prepare.
using Prepared = std::function<void(Outcome<std::any>)>;

// One mutating method. Req has `string request_id` (UUID4).
//  validate   all field violations at once (rpc/validate.h); must not depend on state
//  lock_keys  first = the key that serialises this aggregate, "resident/<id>", "pool/<id>"
//  run        load -> decide -> save inside the unit. May run more than once; touches nothing but
//             `tx` and what a second run overwrites. A refusal must not have written anything (an
//             invariant). StorageError passes through.
//  prepare    optional: a question to another service before the unit (events.md 6). Called on a
//             gRPC thread, must not block; calls `then` exactly once from any thread. Whatever it
//             gives stands in CommandContext::prepared.
//  reveal     optional: puts a secret into an OK answer just before it leaves, of a resend too,
//  from
//             the caller and the request alone; so the kept answer does not hold it. Short, on a
//             store thread.
//
// Answers are kept under (caller's institution, method, request_id): a resend gets the same bytes,
// other content ID_REUSED. Refusals are kept too, except *_LIMIT_*, *_FULL, DEPENDENCY_*, FIELD_*.
template <class Req, class Resp>
struct CommandSpec {
    std::function<Violations(const Req&)> validate{};
    std::function<std::vector<std::string>(const Req&)> lock_keys{};
    std::function<Outcome<Resp>(CommandContext&, const Req&)> run{};
    std::function<void(const rpc::Caller&, const Req&, Deadline, Prepared then)> prepare{};
    std::function<void(const rpc::Caller&, const Req&, Resp&)> reveal{};
};

// One reading method; `prepare` as for a command.
template <class Req, class Resp>
struct QuerySpec {
    std::function<Violations(const Req&)> validate{};
    std::function<Outcome<Resp>(QueryContext&, const Req&)> run{};
    std::function<void(const rpc::Caller&, const Req&, Deadline, Prepared then)> prepare{};
};

// EventContext.actor_kind of a caller: PHARMACIST, REGISTRAR, AGENCY, OPERATOR, INTEGRATOR or
// CLINICIAN, by the caller's roles; a service that calls for itself is SYSTEM.
[[nodiscard]] std::string_view actor_kind(const rpc::Caller& caller);

// The etag of a record: its quoted change counter (interop.md 1).
[[nodiscard]] std::string make_etag(std::int64_t changes);
// ETAG_MISMATCH with the current etag, or nothing. An empty `given` is not checked.
[[nodiscard]] std::optional<Refusal> check_etag(std::string_view given, std::int64_t changes);

// The same specifications with the types erased; what the adapter runs.
struct ErasedCommand {
    using Message = google::protobuf::Message;
    std::function<Violations(const Message&)> validate;
    std::function<std::vector<std::string>(const Message&)> lock_keys;
    // The encoded answer, made inside the unit.
    std::function<Outcome<std::string>(CommandContext&, const Message&)> run;
    std::function<void(const rpc::Caller&, const Message&, Deadline, Prepared then)> prepare;
    // Changes the encoded answer.
    std::function<void(const rpc::Caller&, const Message&, std::string& answer)> reveal;
};
struct ErasedQuery {
    using Message = google::protobuf::Message;
    std::function<Violations(const Message&)> validate;
    std::function<Outcome<std::string>(QueryContext&, const Message&)> run;
    std::function<void(const rpc::Caller&, const Message&, Deadline, Prepared then)> prepare;
};

// Where a service binds its methods:
//   binder.command<AcceptReferralRequest, Referral>(
//       "yilian.referrals.v1.ReferralService/AcceptReferral", {.validate = …, .lock_keys = …, .run
//       = …});
// The method must exist in the proto with exactly these types and carry the `access` option; a
// wrong or repeated name is a broken invariant at start.
class Binder {
  public:
    virtual ~Binder() = default;

    template <class Req, class Resp>
    void command(std::string_view method, CommandSpec<Req, Resp> spec) {
        ErasedCommand erased;
        erased.validate = erase_validate<Req>(std::move(spec.validate));
        erased.lock_keys = [f = std::move(spec.lock_keys)](const google::protobuf::Message& m) {
            return f ? f(static_cast<const Req&>(m)) : std::vector<std::string>{};
        };
        erased.run = [f = std::move(spec.run)](CommandContext& context,
                                               const google::protobuf::Message& m) {
            return encode(f(context, static_cast<const Req&>(m)));
        };
        erased.prepare = erase_prepare<Req>(std::move(spec.prepare));
        if (spec.reveal) {
            erased.reveal = [f = std::move(spec.reveal)](const rpc::Caller& caller,
                                                         const google::protobuf::Message& m,
                                                         std::string& answer) {
                Resp message;
                YILIAN_INVARIANT(message.ParseFromString(answer), "kept answer does not parse");
                f(caller, static_cast<const Req&>(m), message);
                answer = message.SerializeAsString();
            };
        }
        add_command(method, Req::default_instance(), Resp::descriptor(), std::move(erased));
    }

    template <class Req, class Resp>
    void query(std::string_view method, QuerySpec<Req, Resp> spec) {
        ErasedQuery erased;
        erased.validate = erase_validate<Req>(std::move(spec.validate));
        erased.run = [f = std::move(spec.run)](QueryContext& context,
                                               const google::protobuf::Message& m) {
            return encode(f(context, static_cast<const Req&>(m)));
        };
        erased.prepare = erase_prepare<Req>(std::move(spec.prepare));
        add_query(method, Req::default_instance(), Resp::descriptor(), std::move(erased));
    }

  protected:
    virtual void add_command(std::string_view method, const google::protobuf::Message& request,
                             const google::protobuf::Descriptor* response,
                             ErasedCommand command) = 0;
    virtual void add_query(std::string_view method, const google::protobuf::Message& request,
                           const google::protobuf::Descriptor* response, ErasedQuery query) = 0;

  private:
    template <class Req>
    static std::function<Violations(const google::protobuf::Message&)> erase_validate(
        std::function<Violations(const Req&)> validate) {
        return [f = std::move(validate)](const google::protobuf::Message& m) {
            return f ? f(static_cast<const Req&>(m)) : Violations{};
        };
    }
    template <class Req>
    static std::function<void(const rpc::Caller&, const google::protobuf::Message&, Deadline,
                              Prepared)>
    erase_prepare(
        std::function<void(const rpc::Caller&, const Req&, Deadline, Prepared then)> prepare) {
        if (!prepare) return {};
        return
            [f = std::move(prepare)](const rpc::Caller& caller, const google::protobuf::Message& m,
                                     Deadline deadline, Prepared then) {
                f(caller, static_cast<const Req&>(m), deadline, std::move(then));
            };
    }
    template <class Resp>
    static Outcome<std::string> encode(const Outcome<Resp>& outcome) {
        if (!outcome.ok()) return outcome.refusal();
        return outcome->SerializeAsString();
    }
};

}  // namespace yilian::runtime
