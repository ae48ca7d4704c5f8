#pragma once

#include <string>

#include "services/billing/store/settlement_rows.h"
#include "yilian/common/v1/event.pb.h"

// What the messages of yilian/billing/v1/events.proto have in common.
namespace yilian::billing::store {

template <class Msg>
[[nodiscard]] Msg of_context(const common::v1::EventContext& context) {
    Msg m;
    *m.mutable_context() = context;
    return m;
}

// A fact of one statement of a run; `institution_id` is the party that it is addressed to.
template <class Msg>
[[nodiscard]] Msg of_statement(const common::v1::EventContext& context, const StatementRow& s,
                               const std::string& institution_id) {
    Msg m = of_context<Msg>(context);
    m.set_run_id(s.run_id);
    m.set_party(s.party);
    m.set_statement_sha256(s.sha256);
    m.set_dispute_until(s.dispute_until);
    m.set_institution_id(institution_id);
    m.set_statement_id(s.run_id + '/' + s.party);
    return m;
}

}  // namespace yilian::billing::store
