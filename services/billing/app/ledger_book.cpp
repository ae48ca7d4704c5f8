#include "services/billing/app/ledger_book.h"

#include <utility>

#include "libs/crypto/digest.h"
#include "services/billing/store/event_codec.h"

namespace yilian::billing::app {
namespace {

LedgerState state_of(Unit& unit, const Booking& booking) {
    LedgerState state;
    state.closed_periods = store::closed_periods(unit.tx);
    if (booking.reverses) {
        for (const std::string& id : booking.refers_to) {
            if (store::reversed(unit.tx, id)) state.reversed.insert(id);
        }
    }
    return state;
}

common::v1::EventContext context_of(const Unit& unit, const policy::Pack* pack) {
    return pack == nullptr ? unit.event_context() : unit.event_context(*pack);
}

}  // namespace

std::string transaction_id(std::string_view kind, const std::vector<std::string>& parts) {
    std::string text(kind);
    for (const std::string& part : parts) text += '\n' + part;
    return std::string(kind) + '-' + crypto::sha256_hex(text).substr(0, 32);
}

Outcome<std::string> book(Unit& unit, const Booking& booking) {
    if (unit.env.posting_stopped != nullptr && *unit.env.posting_stopped) {
        throw storage::StorageError(storage::StorageError::Kind::kConstraint, "LEDGER_UNBALANCED");
    }
    store::TransactionRow row;
    LedgerTransaction& t = row.transaction;
    t.lines = booking.posting.lines();
    if (t.lines.empty()) return std::string();
    t.id = transaction_id(booking.kind, booking.parts);
    t.refers_to = booking.refers_to;
    t.reverses = booking.reverses;
    t.period = booking.wanted;
    LedgerState state = state_of(unit, booking);
    if (!booking.exact) t.period = first_open_period(state, booking.wanted);
    if (const auto allowed = decide_booking(state, t); !allowed.ok()) return allowed.refusal();

    const store::LedgerPlace place = store::next_place(unit.tx);
    // Only now nobody else books or closes: what was open above may be closed by now.
    if (store::closed_periods(unit.tx).contains(t.period)) {
        throw storage::StorageError(storage::StorageError::Kind::kConflict,
                                    "period closed meanwhile");
    }
    row.sequence = place.sequence;
    row.previous_hash = place.previous_hash;
    row.hash = crypto::sha256_hex(row.previous_hash + canonical_bytes(t));
    row.booked_at = unit.now;
    row.kind = booking.kind;
    row.event_id = unit.cause;
    row.institution_id = booking.institution_id;
    if (booking.pack != nullptr) {
        row.pack_version = booking.pack->version();
        row.pack_digest = booking.pack->digest();
    }
    store::add(unit.tx, row);
    unit.append(store::transaction_posted(context_of(unit, booking.pack), row));
    unit.touch("ledger_transaction", t.id);
    return t.id;
}

std::string must_book(Unit& unit, Booking booking) {
    booking.exact = false;
    const auto booked = book(unit, booking);
    YILIAN_INVARIANT(booked.ok(), "billing: a booking in the first open month is never refused");
    return *booked;
}

Outcome<std::string> reverse(Unit& unit, std::string_view transaction_id,
                             std::string_view reason_code) {
    const auto original = store::transaction(unit.tx, transaction_id);
    if (!original) return Reason("NOT_FOUND");
    const std::vector<std::vector<Line>> lines{original->transaction.lines};
    Booking booking;
    booking.kind = "reversal";
    booking.parts = {std::string(transaction_id), std::string(reason_code)};
    booking.wanted = original->transaction.period;
    booking.refers_to = {std::string(transaction_id)};
    booking.posting = Posting::reversal_of(lines);
    booking.institution_id = original->institution_id;
    booking.reverses = true;
    return book(unit, booking);
}

}  // namespace yilian::billing::app
