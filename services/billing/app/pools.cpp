#include "services/billing/app/pools.h"

#include "libs/runtime/command.h"
#include "services/billing/app/findings.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::app {
namespace {

using store::PoolRow;

Outcome<Allowed> check_funds(const PoolRow& pool) {
    if (pool.available().is_negative()) {
        return Refusal{"POOL_NEGATIVE", {{"pool_id", pool.pool_id}}};
    }
    return Allowed{};
}

amount::Rounding reserve_mode(const policy::Pack& pack) {
    return pack.blocks().settle ? pack.blocks().settle->rounding.reserve
                                : amount::Rounding::kHalfAway;
}

}  // namespace

Outcome<PoolRow> create_pool(Unit& unit, PoolRow pool) {
    if (store::pool(unit.tx, pool.pool_id) || store::pool_for(unit.tx, pool.insurance, pool.year)) {
        return Refusal{"POOL_EXISTS", {{"pool_id", pool.pool_id}}};
    }
    const auto january = CivilMonth::parse(pool.year + "-01");
    if (!january.ok()) return january.refusal();
    const auto pack = unit.pack(january->first_day());
    if (!pack.ok()) return pack.refusal();
    pool.reserve = amount::multiply(pool.budget, pool.reserve_rate, reserve_mode(**pack));
    if (const auto funds = check_funds(pool); !funds.ok()) return funds.refusal();
    pool.changes = 1;
    store::save(unit.tx, pool);
    Booking booking;
    booking.kind = "budget_fixed";
    booking.parts = {pool.pool_id};
    booking.wanted = *january;
    booking.refers_to = {pool.pool_id};
    booking.posting = budget_fixed(pool.pool_id, pool.available(), pool.reserve, pool.out_of_pool);
    booking.institution_id = unit.actor.institution_id;
    booking.pack = pack->get();
    must_book(unit, booking);
    unit.touch("pool", pool.pool_id);
    return pool;
}

Outcome<PoolRow> adjust_pool(Unit& unit, std::string_view pool_id, std::string_view etag,
                             amount::Fen difference, const std::string& approval_document_id) {
    auto pool = store::pool(unit.tx, pool_id);
    if (!pool) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, pool->changes)) return *std::move(mismatch);
    pool->budget += difference;
    if (const auto funds = check_funds(*pool); !funds.ok()) return funds.refusal();
    pool->approval_document_id = approval_document_id;
    pool->changes += 1;
    Booking booking;
    booking.kind = "budget_adjusted";
    booking.parts = {pool->pool_id, std::to_string(pool->changes)};
    booking.wanted = CivilMonth::containing(unit.today);
    booking.exact = true;
    booking.refers_to = {pool->pool_id, transaction_id("budget_fixed", {pool->pool_id})};
    booking.posting = budget_adjusted(pool->pool_id, difference);
    booking.institution_id = unit.actor.institution_id;
    if (const auto booked = book(unit, booking); !booked.ok()) return booked.refusal();
    store::save(unit.tx, *pool);
    unit.touch("pool", pool->pool_id);
    return *std::move(pool);
}

std::optional<PoolTerms> pool_terms(storage::Transaction& tx, const policy::Pack& pack,
                                    const std::string& insurance, int year) {
    const std::string text = std::to_string(year);
    if (const auto pool = store::pool_for(tx, insurance, text)) {
        return PoolTerms{pool->pool_id, pool->rates};
    }
    if (!pack.blocks().run) return std::nullopt;
    const auto rates = pack.blocks().run->pools.find(insurance);
    if (rates == pack.blocks().run->pools.end()) return std::nullopt;
    return PoolTerms{insurance + '-' + text, rates->second};
}

Outcome<std::string> insurance_of(Unit& unit, const policy::Pack& pack, const std::string& scope,
                                  int year) {
    if (scope == unit.district) return std::string();
    if (const auto pool = store::pool(unit.tx, scope)) return pool->insurance;
    for (const auto& [insurance, rates] : pack.blocks().run->pools) {
        const auto terms = pool_terms(unit.tx, pack, insurance, year);
        if (terms && terms->pool_id == scope) return insurance;
    }
    return Refusal{"NOT_FOUND", {{"scope_id", scope}}};
}

Outcome<store::PeriodRow> close_period(Unit& unit, const std::string& name, std::string_view etag) {
    store::PeriodRow period = store::period(unit.tx, name);
    if (auto mismatch = runtime::check_etag(etag, period.changes)) return *std::move(mismatch);
    if (period.closed) return Refusal{"PERIOD_CLOSED", {{"period", name}}};
    const auto open = unit.tx.select(store::kOpenRuns, name);
    if (!open.empty()) {
        return Refusal{"PERIOD_HAS_OPEN_RUN", {{"run_id", open.front().text(0)}}};
    }
    if (const auto own = unit.tx.select_one(store::kRunPreparedBy, name, unit.actor.id)) {
        return Refusal{"SAME_PERSON", {{"run_id", own->text(0)}}};
    }
    // Whoever books now has finished, whoever books later sees the month closed.
    store::lock_ledger(unit.tx);
    raise_paid_without_dispense(unit, name);
    period.closed = true;
    period.closed_on = unit.today.text();
    period.closed_by = unit.actor.id;
    period.changes += 1;
    store::save(unit.tx, period);
    unit.append(store::period_closed(unit.event_context(), name));
    unit.touch("period", name);
    return period;
}

}  // namespace yilian::billing::app
