#include "services/billing/store/what_if_rows.h"

#include "libs/crypto/digest.h"
#include "services/billing/store/year_queries.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::billing::store {
namespace {

constexpr int kMostCases = 1000;

void add_cases(v1::DifferenceReport& m, const WhatIfRecord& record, crypto::Sha256& digest) {
    for (const PointsDifference& d : record.report.cases) {
        digest.update(d.case_id + ' ' + d.before.text() + ' ' + d.after.text() + '\n');
        if (m.cases_size() == kMostCases) continue;
        const WhatIfCase& c = record.cases.at(d.case_id);
        v1::CaseDifference* to = m.add_cases();
        to->set_institution_id(c.institution_id);
        to->set_list_id(c.list_id);
        to->set_before_e4(d.before.raw());
        to->set_after_e4(d.after.raw());
        to->set_before_group_code(c.before_group);
        to->set_after_group_code(c.after_group);
        if (c.before_group != c.after_group) to->add_because("group_code");
        for (const std::string_view because : d.because) to->add_because(std::string(because));
    }
    m.set_case_difference_count(static_cast<std::int64_t>(record.report.cases.size()));
}

}  // namespace

std::string encode_report(const WhatIfRecord& record) {
    v1::DifferenceReport m;
    m.set_what_if_id(record.what_if_id);
    m.set_pool_id(record.pool_id);
    m.set_period(record.period);
    m.set_input_digest(record.input_digest);
    m.set_parameter_digest(record.parameter_digest);
    m.set_case_count(static_cast<std::int64_t>(record.cases.size()));
    m.set_available_fen(record.available.raw());
    m.set_before_points_e4(record.report.before.raw());
    m.set_after_points_e4(record.report.after.raw());
    crypto::Sha256 digest;
    digest.update(record.input_digest + ' ' + record.parameter_digest + ' ' +
                  record.available.text() + '\n');
    add_cases(m, record, digest);
    for (const auto& [code, points] : record.groups) {
        if (points.first == points.second) continue;
        v1::GroupDifference* to = m.add_groups();
        to->set_group_code(code);
        to->set_before_e4(points.first.raw());
        to->set_after_e4(points.second.raw());
    }
    for (const MoneyDifference& d : record.report.institutions) {
        digest.update(d.institution_id + ' ' + d.before.text() + ' ' + d.after.text() + '\n');
        v1::MoneyDifference* to = m.add_institutions();
        to->set_institution_id(d.institution_id);
        to->set_before_fen(d.before.raw());
        to->set_after_fen(d.after.raw());
        to->set_difference_fen(d.difference.raw());
    }
    m.set_report_sha256(crypto::hex(crypto::view(digest.finish())));
    return m.SerializeAsString();
}

std::optional<WhatIfRow> what_if(storage::Transaction& tx, std::string_view what_if_id) {
    const auto row = tx.select_one(kWhatIf, what_if_id);
    if (!row) return std::nullopt;
    return WhatIfRow{row->bytes(0), row->text(1)};
}

void add_what_if(storage::Transaction& tx, std::string_view what_if_id, std::string_view pool_id,
                 const WhatIfRow& row) {
    tx.post(kAddWhatIf, what_if_id, pool_id, row.kept_until, storage::Blob{row.report});
}

}  // namespace yilian::billing::store
