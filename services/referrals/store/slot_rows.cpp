#include "services/referrals/store/slot_rows.h"

#include <array>

#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/values.h"

namespace yilian::referrals::store {
namespace {

using storage::Blob;
using storage::Row;
using storage::Transaction;

std::int32_t i32(const Row& row, std::size_t column) {
    return static_cast<std::int32_t>(row.i64(column));
}

domain::Offer offer_row(const Row& row) {
    return offer_of(parsed<v1::ServiceOffer>(row.bytes(0)), row.i64(1));
}

}  // namespace

std::optional<domain::Offer> offer(Transaction& tx, std::string_view offer_id) {
    const auto row = tx.select_one(kOffer, offer_id);
    if (!row) return std::nullopt;
    return offer_row(*row);
}

std::vector<domain::Offer> offers_of(Transaction& tx, std::string_view institution_id) {
    std::vector<domain::Offer> found;
    for (const Row& row : tx.select(kOffersOf, institution_id)) found.push_back(offer_row(row));
    return found;
}

void save(Transaction& tx, const domain::Offer& o) {
    expect_saved(tx.run(kSaveOffer, o.offer_id, o.institution_id, Blob{o.stored}, o.changes));
}

std::optional<domain::Pool> pool(Transaction& tx, std::string_view pool_id) {
    const auto row = tx.select_one(kPool, pool_id);
    if (!row) return std::nullopt;
    return pool_of(parsed<v1::ResourcePool>(row->bytes(0)), row->i64(1));
}

void save(Transaction& tx, const domain::Pool& p) {
    expect_saved(tx.run(kSavePool, p.pool_id, p.owner_institution_id,
                        domain::name_of(p.resource_kind), p.specialty_code, Blob{p.stored},
                        p.changes));
}

domain::Slot slot_of(const Row& row) {
    domain::Slot s;
    s.slot_id = row.text(0);
    s.group_id = row.text(1);
    s.pool_id = row.text(2);
    s.owner_institution_id = row.text(3);
    s.resource_kind = domain::named<domain::ResourceKind>(row.text(4));
    s.specialty_code = row.text(5);
    s.start_at = row.instant(6);
    s.end_at = row.instant(7);
    s.quota = domain::named<domain::QuotaClass>(row.text(8));
    s.opened = i32(row, 10);
    s.capacity = i32(row, 11);
    s.used = i32(row, 12);
    s.consumed = i32(row, 13);
    s.overbook = i32(row, 14);
    s.blocked = row.flag(15);
    s.released_from = domain::named<domain::QuotaClass>(row.text(16));
    s.changes = row.i64(17);
    return s;
}

std::optional<domain::Slot> slot(Transaction& tx, std::string_view slot_id) {
    const auto row = tx.select_one(kSlot, slot_id);
    if (!row) return std::nullopt;
    return slot_of(*row);
}

std::vector<domain::Slot> group(Transaction& tx, std::string_view group_id) {
    std::vector<domain::Slot> found;
    for (const Row& row : tx.select(kGroup, group_id)) found.push_back(slot_of(row));
    return found;
}

namespace {

std::array<storage::Value, 18> values_of(const domain::Slot& s) {
    return {s.slot_id,
            s.group_id,
            s.pool_id,
            s.owner_institution_id,
            domain::name_of(s.resource_kind),
            s.specialty_code,
            s.start_at,
            s.end_at,
            domain::name_of(s.quota),
            static_cast<std::int64_t>(s.quota),
            std::int64_t{s.opened},
            std::int64_t{s.capacity},
            std::int64_t{s.used},
            std::int64_t{s.consumed},
            std::int64_t{s.overbook},
            s.blocked,
            domain::name_of(s.released_from),
            s.changes};
}

}  // namespace

void add(Transaction& tx, const domain::Slot& s) { tx.send(kSaveSlot, values_of(s)); }

void save(Transaction& tx, const domain::Slot& s) {
    expect_saved(tx.execute(kSaveSlot, values_of(s)));
}

std::optional<domain::Hold> hold(Transaction& tx, std::string_view hold_id) {
    const auto row = tx.select_one(kHold, hold_id);
    if (!row) return std::nullopt;
    domain::Hold h;
    h.hold_id = row->text(0);
    h.slot_id = row->text(1);
    h.pool_id = row->text(2);
    h.owner_institution_id = row->text(3);
    h.quota = domain::named<domain::QuotaClass>(row->text(4));
    h.referral_id = row->text(5);
    h.resident_id = row->text(6);
    h.institution_id = row->text(7);
    h.state = domain::named<domain::HoldState>(row->text(8));
    h.start_at = row->instant(9);
    h.expires_at = row->instant(10);
    h.request_id = row->text(11);
    h.changes = row->i64(12);
    return h;
}

void save(Transaction& tx, const domain::Hold& h) {
    expect_saved(tx.run(kSaveHold, h.hold_id, h.slot_id, h.pool_id, h.owner_institution_id,
                        domain::name_of(h.quota), h.referral_id, h.resident_id, h.institution_id,
                        domain::name_of(h.state), h.start_at, h.expires_at, h.request_id,
                        h.changes));
}

}  // namespace yilian::referrals::store
