#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/base/ulid.h"
#include "libs/calendar/civil_date.h"
#include "libs/calendar/local_time.h"
#include "libs/events/event.h"
#include "libs/outbox/consumer.h"
#include "libs/policy/store.h"
#include "libs/runtime/command.h"
#include "libs/storage/transaction.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::runtime {

// Who acts in a unit of work, as events and journals name them.
struct Actor {
    std::string id;              // practitioner, operator, or "system"
    std::string institution_id;  // of the actor; of the record's owner for the system
    std::string kind;            // EventContext.actor_kind
};

// What a use case works with, whether a command, an event or a timer asked for it. One object a
// unit; valid during the unit only.
struct Work {
    storage::Transaction& tx;
    Instant now;
    calendar::CivilDate today;  // local date of `now`
    IdSource& ids;
    const policy::PolicyStore& policies;
    std::string district;
    Actor actor;
    std::string correlation_id;
    // Appends the event to the outbox; answers its id.
    std::function<std::string(const events::EventDraft&)> append;
    // Names a change: an effect row where an event caused the unit, nothing elsewhere.
    std::function<void(std::string_view kind, std::string_view key)> touch;

    // The district's pack on a day of service, or POLICY_NOT_IN_FORCE.
    [[nodiscard]] Outcome<std::shared_ptr<const policy::Pack>> pack(
        calendar::CivilDate service_date) const {
        return policies.at(district, service_date);
    }

    [[nodiscard]] common::v1::EventContext event_context(const policy::Pack& pack) const {
        common::v1::EventContext context = event_context();
        context.set_policy_pack_id(pack.id());
        context.set_policy_pack_version(pack.version());
        context.set_policy_digest(pack.digest());
        return context;
    }
    // For changes that no pack decided.
    [[nodiscard]] common::v1::EventContext event_context() const {
        common::v1::EventContext context;
        context.set_district_code(district);
        context.set_actor_kind(actor.kind);
        context.set_institution_id(actor.institution_id);
        return context;
    }
};

// The unit of a command, acting for its caller. `actor_kind` as the method is meant for.
[[nodiscard]] inline Work work_of(CommandContext& context, std::string district,
                                  std::string actor_kind) {
    return {context.tx,
            context.now,
            calendar::local_date(context.now),
            context.ids,
            context.policies,
            std::move(district),
            {context.caller.subject, context.caller.institution_id, std::move(actor_kind)},
            context.meta.correlation_id,
            [&context](const events::EventDraft& draft) { return context.append(draft); },
            [](std::string_view, std::string_view) {}};
}

// The unit of a timer.
[[nodiscard]] inline Work work_of(TimerContext& context, std::string district) {
    return {context.tx,
            context.now,
            calendar::local_date(context.now),
            context.ids,
            context.policies,
            std::move(district),
            {"system", "", "SYSTEM"},
            context.meta.correlation_id,
            [&context](const events::EventDraft& draft) { return context.append(draft); },
            [](std::string_view, std::string_view) {}};
}

// The unit of an event; every touch becomes an effect row.
[[nodiscard]] inline Work work_of(outbox::ConsumeContext& context, IdSource& ids,
                                  const policy::PolicyStore& policies, std::string district) {
    return {context.tx,
            context.now,
            calendar::local_date(context.now),
            ids,
            policies,
            std::move(district),
            {"system", "", "SYSTEM"},
            context.event.correlation_id,
            [&context](const events::EventDraft& draft) { return context.append(draft); },
            [&context](std::string_view kind, std::string_view key) { context.effect(kind, key); }};
}

}  // namespace yilian::runtime
