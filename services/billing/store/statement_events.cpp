#include "services/billing/store/statement_events.h"

#include <charconv>

#include "nlohmann/json.hpp"
#include "services/billing/domain/year_statement.h"
#include "services/billing/store/event_parts.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/year_queries.h"
#include "yilian/billing/v1/events.pb.h"

namespace yilian::billing::store {
namespace {

using nlohmann::json;

// Far below the limit of a message.
constexpr std::size_t kCasesOfPart = 5000;

std::int64_t number(const json& object, const char* key) { return object.value(key, 0LL); }

void set_head(v1::StatementBasis& basis, const json& statement) {
    const json& head = statement["header"];
    v1::RunKind kind{};
    v1::RunKind_Parse("RUN_KIND_" + head["kind"].get<std::string>(), &kind);
    basis.set_kind(kind);
    basis.set_period(head["period"]);
    basis.set_input_digest(head["input_digest"]);
    basis.set_supersedes_run_id(head["supersedes"]);
    basis.set_dispute_working_days(number(statement["dispute"], "working_days"));
}

void add_pools(v1::StatementBasis& basis, const json& statement) {
    for (const json& p : statement.value("pools", json::array())) {
        v1::StatedPool* to = basis.add_pools();
        to->set_pool_id(p["pool_id"]);
        to->set_case_count(number(p, "cases"));
        to->set_points_e4(number(p, "points_e4"));
        to->set_actual_fen(number(p, "actual_fen"));
        to->set_money_fen(number(p, "money_fen"));
        to->set_prepay_fen(number(p, "prepay_fen"));
        to->set_carried_in_fen(number(p, "carried_in_fen"));
        to->set_carried_out_fen(number(p, "carried_out_fen"));
        to->set_payment_ratio_e8(number(p, "payment_ratio_e8"));
        to->set_prepay_rate_e8(number(p, "prepay_rate_e8"));
        to->set_value_num(number(p, "value_num"));
        to->set_value_den(number(p, "value_den"));
    }
}

void add_corrections(v1::StatementBasis& basis, const json& statement) {
    for (const json& c : statement.value("corrections", json::array())) {
        v1::StatedCorrection* to = basis.add_corrections();
        to->set_institution_id(c["institution_id"]);
        to->set_list_id(c["list_id"]);
        to->set_pool_id(c["pool_id"]);
        to->set_refers_to(c["refers_to"]);
        to->set_basic_fen(number(c, "basic_fen"));
        to->set_serious_fen(number(c, "serious_fen"));
        to->set_aid_fen(number(c, "aid_fen"));
        to->set_personal_fen(number(c, "personal_fen"));
    }
}

void add_year(v1::StatementBasis& basis, const json& statement) {
    for (const json& m : statement.value("months", json::array())) {
        v1::StatedMonth* to = basis.add_months();
        to->set_run_id(m["run_id"]);
        to->set_period(m["period"]);
        to->set_amount_fen(number(m, "amount_fen"));
        to->set_head_count(number(m, "head_count"));
        to->set_statement_sha256(m.value("statement_sha256", ""));
    }
    for (const json& i : statement.value("items", json::array())) {
        v1::StatedItem* to = basis.add_items();
        to->set_kind(i["kind"]);
        to->set_code(i["code"]);
        to->set_source(i["source"]);
        to->set_value(number(i, i["kind"] == "WEIGHT" ? "weight_e4" : "amount_fen"));
    }
}

}  // namespace

StatedBenefits stated_benefits(storage::Transaction& tx, std::string_view run_id,
                               std::string_view party) {
    StatedBenefits out;
    for (const storage::Row& row : tx.select(kStatedBenefits, run_id, party)) {
        out[{row.text(0), row.text(1)}] = row.i64(2);
    }
    return out;
}

std::vector<events::EventDraft> statement_published(const Context& context,
                                                    const StatementRow& statement,
                                                    const std::string& institution_id,
                                                    const StatedBenefits& benefits) {
    const json content = json::parse(statement.content);
    const json cases = content.value("cases", json::array());
    const std::size_t parts = cases.empty() ? 1 : (cases.size() - 1) / kCasesOfPart + 1;
    std::vector<events::EventDraft> drafts;
    for (std::size_t part = 0; part < parts; ++part) {
        auto m = of_statement<v1::StatementPublished>(context, statement, institution_id);
        v1::StatementBasis& basis = *m.mutable_basis();
        set_head(basis, content);
        basis.set_part_no(static_cast<std::int32_t>(part + 1));
        basis.set_part_count(static_cast<std::int32_t>(parts));
        if (part == 0) {
            add_pools(basis, content);
            add_corrections(basis, content);
            add_year(basis, content);
        }
        const std::size_t end = std::min(cases.size(), (part + 1) * kCasesOfPart);
        for (std::size_t i = part * kCasesOfPart; i < end; ++i) {
            const json& c = cases[i];
            v1::StatedCase* to = basis.add_cases();
            to->set_institution_id(c["institution_id"]);
            to->set_list_id(c["list_id"]);
            to->set_version(static_cast<std::int32_t>(number(c, "version")));
            to->set_pool_id(c["pool_id"]);
            const auto no = benefits.find({to->institution_id(), to->list_id()});
            to->set_booking_no(no == benefits.end() ? 0 : no->second);
        }
        drafts.push_back(events::make_event(m));
    }
    return drafts;
}

// --- statements made again -------------------------------------------------------------------

namespace {

// What the log says of one version of a list.
struct ToldCase {
    SettledCase facts;
    std::map<std::int64_t, v1::BenefitComputed> benefits;  // by number
};
struct ToldList {
    std::int64_t version = 0;  // the last one accepted
    std::map<std::int64_t, ToldCase> versions;
};
struct ToldStatement {
    v1::StatementPublished head;
    std::map<std::int32_t, v1::StatementBasis> parts;
};

std::string enum_name(const std::string& full, std::string_view prefix) {
    return full.substr(prefix.size());
}

std::int64_t number_of(const std::string& text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

StatementHead head_of(const ToldStatement& told) {
    const v1::StatementBasis& basis = told.parts.begin()->second;
    StatementHead head;
    head.run_id = told.head.run_id();
    head.kind = enum_name(v1::RunKind_Name(basis.kind()), "RUN_KIND_");
    head.party = told.head.party();
    head.period = basis.period();
    head.pack_id = told.head.context().policy_pack_id();
    head.pack_version = told.head.context().policy_pack_version();
    head.pack_digest = told.head.context().policy_digest();
    head.input_digest = basis.input_digest();
    head.supersedes = basis.supersedes_run_id();
    head.dispute_working_days = basis.dispute_working_days();
    return head;
}

std::vector<YearMonth> months_of(const v1::StatementBasis& basis) {
    std::vector<YearMonth> months;
    for (const v1::StatedMonth& m : basis.months()) {
        months.push_back({m.run_id(), m.period(), Fen::of_raw(m.amount_fen()), m.head_count(),
                          m.statement_sha256()});
    }
    return months;
}

MemberYear member_of(const v1::InstitutionSettled& e) {
    MemberYear m;
    m.in.institution_id = e.institution_id();
    m.in.points = Points::of_raw(e.points_e4());
    m.in.actual = Fen::of_raw(e.actual_fen());
    m.in.borne_by_others = Fen::of_raw(e.borne_by_others_fen());
    m.in.prepaid = Fen::of_raw(e.prepay_fen());
    m.in.quality = Rate::of_raw(e.quality_score_e8());
    m.in.cases = e.case_count();
    m.target = Fen::of_raw(e.target_fen());
    if (e.has_usage_e8()) m.usage = Rate::of_raw(e.usage_e8());
    if (!e.band().empty()) m.band = static_cast<std::size_t>(number_of(e.band()));
    m.corridor = Fen::of_raw(e.corridor_fen());
    m.settled = Fen::of_raw(e.settled_fen());
    m.deposit = Fen::of_raw(e.deposit_fen());
    m.released = Fen::of_raw(e.released_fen());
    m.topup = Fen::of_raw(e.topup_fen());
    m.final_amount = Fen::of_raw(e.final_fen());
    return m;
}

SharedYear shared_of(const v1::ConsortiumShared& e, const v1::StatementBasis& basis) {
    SharedYear y;
    y.consortium_id = e.consortium_id();
    y.in = {e.member_count(), Fen::of_raw(e.benchmark_fen()), Fen::of_raw(e.expenditure_fen()),
            Fen::of_raw(e.excluded_fen()), Rate::of_raw(e.quality_score_e8())};
    y.result.surplus = Fen::of_raw(e.surplus_fen());
    y.result.surplus_rate = Rate::of_raw(e.surplus_rate_e8());
    y.result.min_rate = Rate::of_raw(e.min_rate_e8());
    y.result.final_rate = Rate::of_raw(e.final_rate_e8());
    y.result.reward = Fen::of_raw(e.reward_fen());
    y.result.contribution = Fen::of_raw(e.contribution_fen());
    y.result.capped = e.capped();
    for (const ShareOutcome outcome :
         {ShareOutcome::kReward, ShareOutcome::kNoRewardBelowMin, ShareOutcome::kNoRewardQuality,
          ShareOutcome::kBalanced, ShareOutcome::kContribution,
          ShareOutcome::kNoContributionBelowMin}) {
        if (name_of(outcome) == e.outcome()) y.result.outcome = outcome;
    }
    for (const v1::PartyShare& s : e.shares()) {
        y.members.push_back({s.institution_id(), Points::of_raw(s.weight_e4()),
                             Fen::of_raw(s.amount_fen()), Fen::of_raw(s.staff_fen())});
    }
    for (const v1::StatedItem& i : basis.items()) {
        y.items.push_back({i.kind(), i.code(), i.value(), i.source()});
    }
    return y;
}

void add_benefit(SettledCase& c, const v1::BenefitComputed& b) {
    c.in_policy = Fen::of_raw(b.in_policy_fen());
    c.deductible = Fen::of_raw(b.deductible_fen());
    c.waiver = enum_name(v1::Waiver_Name(b.waiver()), "WAIVER_");
    c.basic = Fen::of_raw(b.basic_fen());
    c.serious = Fen::of_raw(b.serious_fen());
    c.aid = Fen::of_raw(b.aid_fen());
    c.personal = Fen::of_raw(b.personal_fen());
}

PartyPool pool_of(const v1::StatedPool& p) {
    PartyPool pool;
    pool.pool_id = p.pool_id();
    pool.rates.payment_ratio = Rate::of_raw(p.payment_ratio_e8());
    pool.rates.prepay_rate = Rate::of_raw(p.prepay_rate_e8());
    pool.rates.v_bud_num = p.value_num();
    pool.rates.v_bud_den = p.value_den();
    pool.cases = p.case_count();
    pool.points = Points::of_raw(p.points_e4());
    pool.actual = Fen::of_raw(p.actual_fen());
    pool.carried_in = Fen::of_raw(p.carried_in_fen());
    pool.month = {Fen::of_raw(p.money_fen()), Fen::of_raw(p.prepay_fen()),
                  Fen::of_raw(p.carried_out_fen())};
    return pool;
}

}  // namespace

struct StatementHistory::Parts {
    std::map<std::string, ToldList> lists;  // by case key
    std::map<std::pair<std::string, std::string>, ToldStatement> published;
    std::map<std::string, v1::YearPointValueFixed> values;  // by run
    std::map<std::pair<std::string, std::string>, v1::InstitutionSettled> settled;
    std::map<std::string, v1::ConsortiumShared> shared;  // by run
    std::map<std::pair<std::string, std::string>, Made> made;

    ToldCase* current(const std::string& case_key) {
        const auto list = lists.find(case_key);
        if (list == lists.end()) return nullptr;
        return &list->second.versions[list->second.version];
    }

    void see(const v1::SettlementListAccepted& e) {
        ToldList& list = lists[e.case_key()];
        list.version = std::max<std::int64_t>(list.version, e.version());
        SettledCase& c = list.versions[e.version()].facts;
        c.institution_id = e.institution_id();
        c.list_id = e.list_id();
        c.version = e.version();
        c.method = enum_name(v1::PaymentMethod_Name(e.method()), "PAYMENT_METHOD_");
        c.admission_date = e.admission_date();
        c.discharge_date = e.discharge_date();
        c.total = Fen::of_raw(e.total_fen());
        c.waiver = "NONE";
    }
    void see(const v1::CaseGrouped& e) {
        ToldCase* told = current(e.case_key());
        if (told == nullptr) return;
        told->facts.group_status = enum_name(v1::GroupStatus_Name(e.status()), "GROUP_STATUS_");
        told->facts.group_code = e.group_code();
        told->facts.rules_version = e.rules_version();
        told->facts.rules_digest = e.rules_digest();
    }
    void see(const v1::CaseScored& e) {
        ToldCase* told = current(e.case_key());
        if (told == nullptr) return;
        SettledCase& c = told->facts;
        c.base = Points::of_raw(e.base_points_e4());
        c.d = Rate::of_raw(e.d_e8());
        c.k = Rate::of_raw(e.k_e8());
        c.aux = Rate::of_raw(e.aux_e8());
        c.points = Points::of_raw(e.points_e4());
        c.deviation = e.deviation();
        c.flags = {e.flags().begin(), e.flags().end()};
    }
    void see(const v1::BenefitComputed& e) {
        ToldCase* told = current(e.case_key());
        if (told != nullptr) told->benefits[e.booking_no()] = e;
    }
    void see(const v1::YearPointValueFixed& e) { values[e.run_id()] = e; }
    void see(const v1::InstitutionSettled& e) { settled[{e.run_id(), e.party()}] = e; }
    void see(const v1::ConsortiumShared& e) { shared[e.run_id()] = e; }
    void see(const v1::StatementPublished& e) {
        ToldStatement& statement = published[{e.run_id(), e.party()}];
        statement.head = e;
        statement.parts[e.basis().part_no()] = e.basis();
        if (static_cast<int>(statement.parts.size()) < e.basis().part_count()) return;
        made[{e.run_id(), e.party()}] = {e.statement_sha256(), content_of(statement)};
    }

    std::string content_of(const ToldStatement& statement) {
        const v1::StatementBasis& first = statement.parts.begin()->second;
        switch (first.kind()) {
            case v1::RUN_KIND_POOL_YEAR:
                return pool_year_of(statement);
            case v1::RUN_KIND_CONSORTIUM_YEAR:
                return consortium_year_statement(head_of(statement),
                                                 shared_of(shared[statement.head.run_id()], first),
                                                 months_of(first));
            default:
                return month_of(statement);
        }
    }

    std::string pool_year_of(const ToldStatement& statement) {
        const v1::YearPointValueFixed& value = values[statement.head.run_id()];
        PoolYear year;
        year.pool_id = value.pool_id();
        year.reserve = Fen::of_raw(value.reserve_fen());
        year.available = Fen::of_raw(value.available_fen());
        year.total_points = Points::of_raw(value.total_points_e4());
        year.tilt = Fen::of_raw(value.tilt_fen());
        year.reserve_end = Fen::of_raw(value.reserve_end_fen());
        const PoolTermsOfYear terms{Fen::of_raw(value.budget_fen()),
                                    Fen::of_raw(value.out_of_pool_fen()),
                                    Rate::of_raw(value.payment_ratio_e8())};
        year.value = point_value(year.available, terms.payment_ratio, year.total_points);
        return pool_year_statement(
            head_of(statement), terms, year,
            member_of(settled[{statement.head.run_id(), statement.head.party()}]),
            months_of(statement.parts.begin()->second));
    }

    std::string month_of(const ToldStatement& statement) {
        std::vector<SettledCase> cases;
        std::vector<SettledCorrection> corrections;
        std::vector<PartyPool> pools;
        for (const auto& [no, basis] : statement.parts) {
            for (const v1::StatedCase& stated : basis.cases()) cases.push_back(case_of(stated));
            for (const v1::StatedPool& p : basis.pools()) pools.push_back(pool_of(p));
            for (const v1::StatedCorrection& c : basis.corrections()) {
                corrections.push_back({c.institution_id(), c.list_id(), c.pool_id(), c.refers_to(),
                                       Fen::of_raw(c.basic_fen()), Fen::of_raw(c.serious_fen()),
                                       Fen::of_raw(c.aid_fen()), Fen::of_raw(c.personal_fen())});
            }
        }
        return statement_text(head_of(statement), std::move(cases), std::move(corrections), pools);
    }

    SettledCase case_of(const v1::StatedCase& stated) {
        const ToldCase& told =
            lists[stated.institution_id() + '/' + stated.list_id()].versions[stated.version()];
        SettledCase c = told.facts;
        c.pool_id = stated.pool_id();
        const auto benefit = told.benefits.find(stated.booking_no());
        if (benefit != told.benefits.end()) add_benefit(c, benefit->second);
        return c;
    }
};

StatementHistory::StatementHistory() : parts_(std::make_unique<Parts>()) {}
StatementHistory::~StatementHistory() = default;

void StatementHistory::see(std::string_view type, std::string_view payload) {
    const auto read = [&]<class Msg>(Msg message) {
        if (Msg::descriptor()->options().GetExtension(common::v1::event).type() != type) return;
        if (message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
            parts_->see(message);
        }
    };
    read(v1::SettlementListAccepted());
    read(v1::CaseGrouped());
    read(v1::CaseScored());
    read(v1::BenefitComputed());
    read(v1::YearPointValueFixed());
    read(v1::InstitutionSettled());
    read(v1::ConsortiumShared());
    read(v1::StatementPublished());
}

const std::map<std::pair<std::string, std::string>, StatementHistory::Made>&
StatementHistory::statements() const {
    return parts_->made;
}

}  // namespace yilian::billing::store
