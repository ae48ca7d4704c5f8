#include "services/billing/store/list_rows.h"

#include <tuple>

#include "libs/base/invariant.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::store {
namespace {

using storage::Row;
using storage::Transaction;

Fen fen(const Row& row, std::size_t column) { return Fen::of_raw(row.i64(column)); }

std::optional<ListRow> one(std::optional<Row> row) {
    if (!row) return std::nullopt;
    return list_of(*row);
}

}  // namespace

std::string join(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) {
        if (!out.empty()) out += '|';
        out += part;
    }
    return out;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto bar = text.find('|');
        out.emplace_back(text.substr(0, bar));
        text = bar == std::string_view::npos ? std::string_view() : text.substr(bar + 1);
    }
    return out;
}

std::string findings_text(const std::vector<Finding>& findings) {
    std::vector<std::string> lines;
    for (const Finding& f : findings) {
        lines.push_back(f.field + ' ' + f.reason +
                        (f.severity == ListSeverity::kReject ? " REJECT" : " WARN"));
    }
    return join(lines);
}

std::vector<Finding> findings_of(std::string_view text) {
    std::vector<Finding> out;
    for (const std::string& line : split(text)) {
        const auto first = line.find(' ');
        const auto second = line.find(' ', first + 1);
        out.push_back(
            {line.substr(0, first), line.substr(first + 1, second - first - 1),
             line.substr(second + 1) == "REJECT" ? ListSeverity::kReject : ListSeverity::kWarn});
    }
    return out;
}

ListRow list_of(const Row& row) {
    ListRow r;
    r.key = {row.text(0), row.text(1), row.i64(2)};
    r.state = *kCaseLifecycle.state_named(row.text(3));
    r.in_force = row.flag(4);
    r.resident_id = row.text(5);
    r.payee_id = row.text(6);
    r.insurance = row.text(7);
    r.treatment_type = *treatment_type_of(row.text(8));
    r.method = *payment_method_of(row.text(9));
    r.admitted_at = row.instant(10);
    r.discharged_at = row.instant(11);
    r.admission_date = row.text(12);
    r.discharge_date = row.text(13);
    r.period = row.text(14);
    r.total = fen(row, 15);
    r.evidence_ref = row.text(16);
    r.prescription_id = row.text(17);
    r.data = row.bytes(18);
    r.content_digest = row.text(19);
    r.findings = findings_of(row.text(20));
    r.accepted = row.flag(21);
    r.received_at = row.instant(22);
    r.reason_code = row.text(23);
    r.run_id = row.text(24);
    r.batch_id = row.text(25);
    r.pack_id = row.text(26);
    r.pack_version = row.i64(27);
    r.pack_digest = row.text(28);
    r.changes = row.i64(29);
    return r;
}

std::optional<ListRow> list(Transaction& tx, std::string_view institution_id,
                            std::string_view list_id, std::int64_t version) {
    if (version == 0) return one(tx.select_one(kListLatest, institution_id, list_id));
    return one(tx.select_one(kListVersion, institution_id, list_id, version));
}

std::optional<ListRow> list_in_force(Transaction& tx, std::string_view institution_id,
                                     std::string_view list_id) {
    return one(tx.select_one(kListInForce, institution_id, list_id));
}

void add(Transaction& tx, const ListRow& r) {
    tx.run(kAddList, r.key.institution_id, r.key.list_id, r.key.version,
           kCaseLifecycle.name(r.state), r.in_force, r.resident_id, r.payee_id, r.insurance,
           name_of(r.treatment_type), name_of(r.method), r.admitted_at, r.discharged_at,
           r.admission_date, r.discharge_date, r.period, r.total.raw(), r.evidence_ref,
           r.prescription_id, storage::Blob{r.data}, r.content_digest, findings_text(r.findings),
           r.accepted, r.received_at, r.reason_code, r.run_id, r.batch_id, r.pack_id,
           r.pack_version, r.pack_digest, r.changes);
}

void move(Transaction& tx, const ListRow& r) {
    const auto moved =
        tx.run(kMoveList, r.key.institution_id, r.key.list_id, r.key.version,
               kCaseLifecycle.name(r.state), r.in_force, r.reason_code, r.run_id, r.changes);
    if (moved == 0) {
        throw storage::StorageError(storage::StorageError::Kind::kConflict,
                                    "list changed meanwhile");
    }
}

SettlementList content_of(const ListRow& row) {
    v1::SettlementList message;
    YILIAN_INVARIANT(message.ParseFromString(row.data), "billing: stored list does not parse");
    return decode(message);
}

std::optional<ScoreRow> score(Transaction& tx, const ListKey& key) {
    const auto row = tx.select_one(kScore, key.institution_id, key.list_id, key.version);
    if (!row) return std::nullopt;
    ScoreRow s;
    s.key = key;
    s.group_status = row->text(3);
    s.mdc = row->text(4);
    s.adrg = row->text(5);
    s.group_code = row->text(6);
    s.rules_version = row->text(7);
    s.rules_digest = row->text(8);
    s.mapped_codes = split(row->text(9));
    s.base = Points::of_raw(row->i64(10));
    s.group_average = fen(*row, 11);
    s.d = Rate::of_raw(row->i64(12));
    s.k = Rate::of_raw(row->i64(13));
    s.aux = Rate::of_raw(row->i64(14));
    s.points = Points::of_raw(row->i64(15));
    s.deviation = row->text(16);
    s.flags = split(row->text(17));
    s.scheme = row->text(18);
    s.aux_ids = split(row->text(19));
    return s;
}

void add(Transaction& tx, const ScoreRow& s) {
    tx.run(kAddScore, s.key.institution_id, s.key.list_id, s.key.version, s.group_status, s.mdc,
           s.adrg, s.group_code, s.rules_version, s.rules_digest, join(s.mapped_codes),
           s.base.raw(), s.group_average.raw(), s.d.raw(), s.k.raw(), s.aux.raw(), s.points.raw(),
           s.deviation, join(s.flags), s.scheme, join(s.aux_ids));
}

void rescore(Transaction& tx, const ScoreRow& s) {
    tx.run(kRescore, s.key.institution_id, s.key.list_id, s.key.version, s.d.raw(), s.points.raw(),
           join(s.flags));
}

std::optional<SpecialCaseRow> special_case(Transaction& tx, const ListKey& key) {
    const auto row = tx.select_one(kSpecialCase, key.institution_id, key.list_id, key.version);
    if (!row) return std::nullopt;
    SpecialCaseRow s;
    s.key = key;
    s.state = row->text(3);
    s.reason_code = row->text(4);
    s.evidence_document_id = row->text(5);
    s.proposed_by = row->text(6);
    s.proposed_on = row->text(7);
    s.formula_points = Points::of_raw(row->i64(8));
    s.formula_d = Rate::of_raw(row->i64(9));
    s.experts_record_id = row->text(10);
    s.decided_by = row->text(11);
    s.decided_on = row->text(12);
    return s;
}

void add(Transaction& tx, const SpecialCaseRow& s) {
    tx.run(kAddSpecialCase, s.key.institution_id, s.key.list_id, s.key.version, s.state,
           s.reason_code, s.evidence_document_id, s.proposed_by, s.proposed_on,
           s.formula_points.raw(), s.formula_d.raw(), s.experts_record_id, s.decided_by,
           s.decided_on);
}

void decide(Transaction& tx, const SpecialCaseRow& s) {
    tx.run(kDecideSpecialCase, s.key.institution_id, s.key.list_id, s.key.version, s.state,
           s.experts_record_id, s.decided_by, s.decided_on);
}

std::optional<BenefitRow> benefit(Transaction& tx, const ListKey& key) {
    const auto row = tx.select_one(kBenefit, key.institution_id, key.list_id, key.version);
    if (!row) return std::nullopt;
    BenefitRow b;
    b.key = key;
    b.year = row->i64(3);
    b.in_policy = fen(*row, 4);
    b.deductible = fen(*row, 5);
    b.waiver = row->text(6);
    b.waived = fen(*row, 7);
    b.ratio = Rate::of_raw(row->i64(8));
    b.county_ratio_used = row->flag(9);
    b.basic = fen(*row, 10);
    b.serious = fen(*row, 11);
    b.aid = fen(*row, 12);
    b.personal = fen(*row, 13);
    b.personal_total = fen(*row, 14);
    b.referral = row->text(15);
    b.chain_id = row->text(16);
    b.evidence_id = row->text(17);
    b.evidence_reason = row->text(18);
    b.ordinal = row->i64(19);
    b.pack_id = row->text(20);
    b.pack_version = row->i64(21);
    b.bookings = row->i64(22);
    return b;
}

void save(Transaction& tx, const BenefitRow& b) {
    const auto saved =
        tx.run(kSaveBenefit, b.key.institution_id, b.key.list_id, b.key.version, b.year,
               b.in_policy.raw(), b.deductible.raw(), b.waiver, b.waived.raw(), b.ratio.raw(),
               b.county_ratio_used, b.basic.raw(), b.serious.raw(), b.aid.raw(), b.personal.raw(),
               b.personal_total.raw(), b.referral, b.chain_id, b.evidence_id, b.evidence_reason,
               b.ordinal, b.pack_id, b.pack_version, b.bookings);
    if (saved == 0) {
        throw storage::StorageError(storage::StorageError::Kind::kConflict,
                                    "benefit changed meanwhile");
    }
}

void lock_resident(Transaction& tx, std::string_view resident_id) {
    tx.run(kLockResident, resident_id);
}

bool BenefitRow::same_result(const BenefitRow& o) const {
    const auto values = [](const BenefitRow& b) {
        return std::tuple(b.year, b.in_policy, b.deductible, b.waiver, b.waived, b.ratio,
                          b.county_ratio_used, b.basic, b.serious, b.aid, b.personal,
                          b.personal_total, b.referral, b.chain_id, b.evidence_id,
                          b.evidence_reason, b.ordinal);
    };
    return values(*this) == values(o);
}

}  // namespace yilian::billing::store
