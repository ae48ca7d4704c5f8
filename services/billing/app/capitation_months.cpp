#include "services/billing/app/capitation_months.h"

#include <map>

#include "libs/crypto/digest.h"
#include "libs/policy/keys/billing.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/domain/canonical_json.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/event_codec.h"

namespace yilian::billing::app {
namespace {

using store::CapitationMonthRow;

std::string cells_digest(const CapitationMonthRow& month) {
    std::vector<std::string> cells;
    for (const CapitationRow& c : month.cells) {
        cells.push_back(json::Object()
                            .number("amount_fen", c.amount.raw())
                            .text("cell_id", c.cell_id)
                            .number("members", c.members)
                            .number("rate_fen", c.rate.raw())
                            .number("unit_base", c.unit_base)
                            .number("units", c.units)
                            .str());
    }
    return crypto::sha256_hex(json::array(cells));
}

// The month as known at the instant; cells of this consortium alone.
CapitationMonthRow price(Unit& unit, const PriceMonth& what, const policy::Pack& pack,
                         const RateTable& rates, Instant known_at) {
    const auto& rules = *pack.blocks().capitation;
    CapitationPricer pricer(rules, rates, what.period, what.period, known_at);
    store::each_resident(unit.tx, known_at, [&](std::span<const EnrolmentVersion> versions) {
        pricer.add_resident(versions);
    });
    const CapitationPrice priced = pricer.price();
    CapitationMonthRow month;
    month.consortium_id = what.consortium_id;
    month.period = what.period.text();
    month.known_at = known_at;
    for (const CapitationRow& row : priced.rows) {
        if (row.consortium_id == what.consortium_id) month.cells.push_back(row);
    }
    for (const CapitationTotal& total : priced.totals) {
        if (total.consortium_id != what.consortium_id) continue;
        month.head_count = total.head_count;
        month.amount = total.amount;
        month.prepay = total.prepay;
    }
    month.digest = cells_digest(month);
    month.pack_version = pack.version();
    month.pack_digest = pack.digest();
    return month;
}

Outcome<Allowed> check_age(const Unit& unit, const PriceMonth& what, const policy::Pack& pack) {
    const auto months = calendar::months_between(what.period, CivilMonth::containing(unit.today));
    if (months > pack.blocks().run->lookback_months) {
        return Refusal{"CAP_TOO_OLD", {{"period", what.period.text()}}};
    }
    return Allowed{};
}

Booking booking_of(const CapitationMonthRow& month, const std::string& lead,
                   const policy::Pack& pack, const char* kind) {
    Booking booking;
    booking.kind = kind;
    booking.parts = {month.run_id};
    booking.wanted = *CivilMonth::parse(month.period);
    booking.refers_to = {month.run_id};
    booking.institution_id = lead;
    booking.pack = &pack;
    return booking;
}

std::string lead_or_consortium(Unit& unit, const CapitationMonthRow& month) {
    const auto first = CivilMonth::parse(month.period)->first_day();
    const std::string lead = store::lead_of(unit.tx, month.consortium_id, first);
    return lead.empty() ? month.consortium_id : lead;
}

Outcome<CapitationMonthRow> book_first(Unit& unit, CapitationMonthRow month,
                                       const policy::Pack& pack) {
    const std::string lead = lead_or_consortium(unit, month);
    Booking priced = booking_of(month, lead, pack, "capitation_priced");
    priced.posting = capitation_priced(month.consortium_id, month.amount);
    priced.exact = true;
    if (const auto booked = book(unit, priced); !booked.ok()) return booked.refusal();
    Booking prepaid = booking_of(month, lead, pack, "capitation_prepaid");
    prepaid.posting = capitation_prepaid(month.consortium_id, month.prepay);
    must_book(unit, prepaid);
    store::add(unit.tx, month);
    unit.append(store::capitation_priced(unit.event_context(pack), month, lead));
    unit.touch("capitation_month", month.run_id);
    return month;
}

Outcome<CapitationMonthRow> book_difference(Unit& unit, CapitationMonthRow month,
                                            const CapitationMonthRow& booked,
                                            const std::string& first_run,
                                            const policy::Pack& pack) {
    month.revision = booked.revision + 1;
    month.corrects_run_id = first_run;
    month.difference = month.amount - booked.amount;
    const std::string lead = lead_or_consortium(unit, month);
    Booking correction = booking_of(month, lead, pack, "capitation_corrected");
    correction.refers_to = {transaction_id("capitation_priced", {first_run}), first_run};
    correction.posting = capitation_corrected(
        month.consortium_id, month.difference,
        prepay_difference(*pack.blocks().capitation, booked.amount, month.amount));
    must_book(unit, correction);
    store::add(unit.tx, month);
    unit.append(store::capitation_corrected(unit.event_context(pack), month, lead));
    unit.touch("capitation_month", month.run_id);
    return month;
}

std::string default_run_id(const PriceMonth& what, std::int64_t revision) {
    std::string id = "CAPITATION_MONTH-" + what.period.text() + '-' + what.consortium_id;
    if (revision > 1) id += '-' + std::to_string(revision);
    return id;
}

}  // namespace

Outcome<CapitationMonthRow> price_month(Unit& unit, const PriceMonth& what) {
    if (what.known_at && *what.known_at > unit.now) return Reason("DATE_IN_FUTURE");
    if (!what.run_id.empty()) {
        if (auto same = store::capitation_run(unit.tx, what.run_id)) {
            const bool fits =
                same->consortium_id == what.consortium_id && same->period == what.period.text();
            if (!fits) return Reason("ID_REUSED");
            return *std::move(same);
        }
    }
    const auto pack = unit.pack(what.period.first_day());
    if (!pack.ok()) return pack.refusal();
    const auto& blocks = (*pack)->blocks();
    if (!(*pack)->get(policy::kBillingCapitationEnabled) || !blocks.capitation || !blocks.run ||
        blocks.run->capitation_cells.empty()) {
        return Reason("RATE_TABLE_MISSING");
    }
    const auto rates = RateTable::of(blocks.run->capitation_cells);
    if (!rates.ok()) return rates.refusal();
    if (const auto age = check_age(unit, what, **pack); !age.ok()) return age.refusal();
    const auto booked = store::capitation_month(unit.tx, what.consortium_id, what.period.text());
    CapitationMonthRow month = price(unit, what, **pack, *rates, what.known_at.value_or(unit.now));
    if (!booked && month.cells.empty()) return Reason("NOT_FOUND");
    if (booked && booked->digest == month.digest) return *booked;
    month.run_id =
        what.run_id.empty() ? default_run_id(what, booked ? booked->revision + 1 : 1) : what.run_id;
    if (what.validate_only) {
        if (booked) month.difference = month.amount - booked->amount;
        return month;
    }
    if (!booked) return book_first(unit, std::move(month), **pack);
    const auto first = store::capitation_first(unit.tx, what.consortium_id, what.period.text());
    return book_difference(unit, std::move(month), *booked, first->run_id, **pack);
}

std::vector<HeadCount> head_counts(storage::Transaction& tx, calendar::CivilDate on,
                                   Instant known) {
    std::map<std::string, HeadCount> counts;
    store::each_resident(tx, known, [&](std::span<const EnrolmentVersion> versions) {
        const KnownEnrolments enrolled = known_at(versions, known);
        const EnrolmentVersion* version = covering(enrolled, on);
        if (version == nullptr) return;
        HeadCount& count = counts[version->consortium_id];
        ++count.heads;
        if (!enrolled.overlapping.empty()) ++count.overlaps;
    });
    std::vector<HeadCount> out;
    for (auto& [id, count] : counts) {
        count.consortium_id = id;
        out.push_back(count);
    }
    return out;
}

}  // namespace yilian::billing::app
