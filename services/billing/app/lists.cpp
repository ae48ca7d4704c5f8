#include "services/billing/app/lists.h"

#include <algorithm>

#include "libs/calendar/local_time.h"
#include "libs/crypto/digest.h"
#include "libs/policy/keys/billing.h"
#include "libs/runtime/command.h"
#include "services/billing/app/bed_day_stays.h"
#include "services/billing/app/benefit_years.h"
#include "services/billing/app/dip_scoring.h"
#include "services/billing/app/rule_book.h"
#include "services/billing/app/scoring.h"
#include "services/billing/domain/ledger.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::app {
namespace {

using calendar::CivilMonth;
using calendar::local_date;
using policy::Pack;
using store::ListRow;

// Classes of institutions that are paid through the one that manages them where the district says
// so (billing.station.settles_through_centre).
constexpr std::string_view kStations[] = {"station", "village_clinic", "integrated_clinic",
                                          "centre_village_clinic", "service_point"};

// What decides about one submission besides its content.
struct Setting {
    std::shared_ptr<const Pack> pack;
    RulesPtr rules;  // of DRG, null in a district without it
    RulesPtr dip;    // of a list that is paid by DIP, else null
    std::optional<store::InstitutionCopy> institution;
    std::string payee;
    CivilDate service_day;
};

bool enabled(const Pack& pack, std::string_view method) {
    const auto& methods = pack.get(policy::kBillingMethodsEnabled);
    return std::ranges::find(methods, method) != methods.end();
}
bool pays_by_dip(const Pack& pack) { return pack.blocks().dip && enabled(pack, "dip"); }

bool settles_through_parent(const Pack& pack, const store::InstitutionCopy& institution) {
    return pack.get(policy::kBillingStationSettlesThroughCentre) &&
           !institution.parent_id.empty() &&
           std::ranges::find(kStations, institution.institution_class) != std::end(kStations);
}

Outcome<Setting> setting_of(Unit& unit, const SettlementList& list) {
    Setting s;
    s.service_day = list.discharged_at ? local_date(*list.discharged_at) : unit.today;
    auto pack = unit.pack(s.service_day);
    if (!pack.ok()) return pack.refusal();
    s.pack = *pack;
    if (list.method == PaymentMethod::kDip && pays_by_dip(*s.pack)) {
        auto dip = unit.env.rules.dip_at(unit.tx, *s.pack, s.service_day);
        if (!dip.ok()) return dip.refusal();
        s.dip = *dip;
    }
    auto rules = unit.env.rules.at(unit.tx, *s.pack, s.service_day);
    if (rules.ok()) {
        s.rules = *rules;
    } else if (!s.dip) {
        return rules.refusal();
    }
    s.institution = store::institution(unit.tx, list.institution_id, s.service_day);
    s.payee = list.institution_id;
    if (s.institution && settles_through_parent(*s.pack, *s.institution)) {
        s.payee = s.institution->parent_id;
    }
    return s;
}

bool in_agreement(Unit& unit, const Setting& s) {
    if (!s.institution) return false;
    if (s.institution->in_agreement(s.service_day)) return true;
    if (!settles_through_parent(*s.pack, *s.institution)) return false;
    const auto parent = store::institution(unit.tx, s.payee, s.service_day);
    return parent && parent->in_agreement(s.service_day);
}

// Which methods the district pays for this kind of treatment.
std::set<PaymentMethod> methods_of(const Pack& pack, TreatmentType type) {
    if (type == TreatmentType::kOutpatientChronic) {
        return {pack.get(policy::kBillingOutpatientChronicActualCost) ? PaymentMethod::kActual
                                                                      : PaymentMethod::kCapitation};
    }
    std::set<PaymentMethod> methods;
    if (pack.blocks().drg) methods.insert(PaymentMethod::kDrg);
    if (pays_by_dip(pack)) methods.insert(PaymentMethod::kDip);
    if (pack.blocks().bed_day && enabled(pack, "bed_day")) {
        methods.insert(PaymentMethod::kBedDay);
    }
    if (enabled(pack, "fee_for_service")) methods.insert(PaymentMethod::kActual);
    return methods;
}

void add_policy_facts(const Pack& pack, TreatmentType type, ListFacts& facts) {
    const auto& blocks = pack.blocks();
    if (blocks.run) {
        for (const auto& [insurance, rates] : blocks.run->pools) facts.insurances.insert(insurance);
        facts.declare_days = blocks.run->declare_days;
    }
    if (blocks.benefit) {
        for (const auto& [aid_class, rules] : blocks.benefit->aid) {
            facts.aid_classes.insert(aid_class);
        }
    }
    if (blocks.bed_day) facts.bed_day_priced = bed_day_priced(*blocks.bed_day);
    facts.day_ward = pack.get(policy::kBillingDayWardEnabled);
    facts.methods = methods_of(pack, type);
}

// A code is known when a table of the district has it. DIP groups by insurance codes alone.
void add_code_facts(const SettlementList& list, const Setting& s, ListFacts& facts) {
    facts.code_versions = {std::string(kInsuranceEdition)};
    const drg::RulePack* drg = s.rules ? s.rules->pack.get() : nullptr;
    const dip::RulePack* dip = s.dip ? s.dip->dip.get() : nullptr;
    if (drg != nullptr && dip == nullptr && drg->has_code_map()) {
        facts.code_versions.emplace(kClinicalEdition);
    }
    const bool clinical = dip == nullptr && list.dx_code_version == kClinicalEdition;
    facts.diagnosis_known = [drg, dip, clinical](std::string_view code) {
        if (dip != nullptr && dip->knows_diagnosis(code)) return true;
        if (drg == nullptr) return false;
        const auto id = drg->dx_codes().find(code);
        return id != drg::kUnknownCode && (!clinical || drg->mapped_dx(id) != drg::kUnknownCode);
    };
    facts.procedure_known = [drg, dip, clinical](std::string_view code) {
        if (dip != nullptr && dip->knows_procedure(code)) return true;
        if (drg == nullptr) return false;
        const auto id = drg->proc_codes().find(code);
        return id != drg::kUnknownCode && (!clinical || drg->mapped_proc(id) != drg::kUnknownCode);
    };
    const LoadedRules& limits = s.dip ? *s.dip : *s.rules;
    facts.diagnosis_limits = [&limits](std::string_view code) { return limits.limits_of(code); };
}

void add_overlap_facts(Unit& unit, const SettlementList& list, ListFacts& facts) {
    if (!list.is_stay() || !list.admitted_at || !list.discharged_at) return;
    const std::string surviving = store::surviving(unit.tx, list.resident_id);
    for (const std::string& id : store::aliases(unit.tx, surviving)) {
        const auto rows = unit.tx.select(store::kOverlaps, id, local_date(*list.admitted_at).text(),
                                         *list.discharged_at, *list.admitted_at,
                                         list.institution_id, list.list_id);
        for (const storage::Row& row : rows) {
            (row.text(0) == list.institution_id ? facts.duplicate_stay : facts.overlap_other) =
                true;
        }
    }
}

ListFacts facts_of(Unit& unit, const SettlementList& list, const Setting& s) {
    ListFacts facts;
    facts.now = unit.now;
    facts.institution_known = s.institution.has_value();
    facts.in_agreement = in_agreement(unit, s);
    if (s.institution) facts.directory_level = s.institution->level;
    add_policy_facts(*s.pack, list.treatment_type, facts);
    add_code_facts(list, s, facts);
    facts.next_version =
        unit.tx.select_one(store::kListLastVersion, list.institution_id, list.list_id)->i64(0) + 1;
    if (!list.prescription_id.empty()) {
        facts.prescription_used = unit.tx
                                      .select_one(store::kPrescriptionUsed, list.prescription_id,
                                                  list.institution_id, list.list_id)
                                      ->i64(0) > 0;
    }
    add_overlap_facts(unit, list, facts);
    return facts;
}

ListRow new_row(Unit& unit, const Submission& submission, const Setting& s,
                const std::string& digest) {
    const SettlementList& list = submission.list;
    ListRow row;
    row.key = {list.institution_id, list.list_id, list.version};
    row.state = kCaseLifecycle.create(CaseAction::kSubmit, CaseState::kReceived);
    row.resident_id = list.resident_id;
    row.payee_id = s.payee;
    row.insurance = list.insurance;
    row.treatment_type = list.treatment_type;
    row.method = list.method;
    row.admitted_at = list.admitted_at.value_or(Instant{});
    row.discharged_at = list.discharged_at.value_or(Instant{});
    row.admission_date = list.admitted_at ? local_date(*list.admitted_at).text() : "";
    row.discharge_date = s.service_day.text();
    LedgerState ledger;
    ledger.closed_periods = store::closed_periods(unit.tx);
    row.period = first_open_period(ledger, CivilMonth::containing(s.service_day)).text();
    row.total = list.total;
    row.evidence_ref = list.referral_evidence_id;
    row.prescription_id = list.prescription_id;
    row.data = submission.data;
    row.content_digest = digest;
    row.received_at = unit.now;
    row.batch_id = submission.batch_id;
    row.pack_id = s.pack->id();
    row.pack_version = s.pack->version();
    row.pack_digest = s.pack->digest();
    return row;
}

void enter(ListRow& row, CaseAction action, CaseState to) {
    const auto entered = kCaseLifecycle.enter(row.state, action, to);
    YILIAN_INVARIANT(entered.ok(), "billing: a step that the table of lists does not have");
    row.state = *entered;
}

// Bed-days of the resident with the list among them.
store::ScoreRow bed_day_score(Unit& unit, const Setting& s, const ListRow& row) {
    auto stays = bed_day_lists(unit, store::surviving(unit.tx, row.resident_id));
    std::erase_if(stays, [&](const ListRow& l) { return l.key.case_key() == row.key.case_key(); });
    stays.push_back(row);
    for (BedDayScore& scored : score_bed_days(unit, std::move(stays))) {
        if (scored.list.key.case_key() == row.key.case_key()) return std::move(scored.score);
    }
    YILIAN_INVARIANT(s.pack->blocks().bed_day.has_value(), "billing: bed-days without a price");
    return {};
}

std::optional<store::ScoreRow> score_of(Unit& unit, const SettlementList& list, const Setting& s,
                                        ListRow& row) {
    store::ScoreRow score;
    if (row.method == PaymentMethod::kDrg) {
        GroupQuestion question;
        ask(list, *s.rules, question);
        score = score_case(unit.tx, unit.env.rules, *s.pack->blocks().drg, *s.rules, question,
                           {list.institution_id, list.total, list.stay_days, s.service_day});
    } else if (row.method == PaymentMethod::kDip) {
        const DipQuestion question = ask_dip(list, s.service_day);
        score = score_row(*s.dip, answer_dip(unit.tx, unit.env.rules, *s.pack, *s.dip, question));
    } else if (row.method == PaymentMethod::kBedDay) {
        score = bed_day_score(unit, s, row);
    } else {
        return std::nullopt;
    }
    score.key = row.key;
    enter(row, CaseAction::kGroup, CaseState::kGrouped);
    enter(row, CaseAction::kScore, CaseState::kScored);
    return score;
}

// Neither a version of the list: kept beside, so that it is answered the same again.
CaseView refuse_submission(Unit& unit, ListRow row, const std::vector<Finding>& findings,
                           const Pack& pack) {
    const auto kept = unit.tx.select_one(store::kRefused, row.key.institution_id, row.key.list_id,
                                         row.key.version, row.content_digest);
    enter(row, CaseAction::kValidate, CaseState::kRejected);
    row.findings = kept ? store::findings_of(kept->text(0)) : findings;
    if (kept) return {std::move(row), {}, {}};
    unit.tx.run(store::kAddRefused, row.key.institution_id, row.key.list_id, row.key.version,
                row.content_digest, row.resident_id, store::findings_text(findings), unit.now);
    unit.append(store::list_rejected(unit.event_context(pack), row.key, row.resident_id, findings));
    return {std::move(row), {}, {}};
}

// The version in force gives way; what is booked for it is taken back.
void give_way(Unit& unit, ListRow row, CaseAction action, const std::string& reason_code) {
    enter(row, action, CaseState::kWithdrawn);
    row.in_force = false;
    row.reason_code = reason_code;
    row.changes += 1;
    store::move(unit.tx, row);
    unbook(unit, row);
}

CaseView accept(Unit& unit, const SettlementList& list, const Setting& s, ListRow row,
                const std::optional<ListRow>& replaced) {
    store::lock_resident(unit.tx, store::surviving(unit.tx, list.resident_id));
    if (replaced) give_way(unit, *replaced, CaseAction::kCorrect, "CORRECTED");
    enter(row, CaseAction::kValidate, CaseState::kAccepted);
    row.accepted = row.in_force = true;
    if (unit.told) store::keep_answer(unit.tx, *unit.told);
    const auto score = score_of(unit, list, s, row);
    store::add(unit.tx, row);
    const auto context = unit.event_context(*s.pack);
    unit.append(store::list_accepted(context, row, list));
    if (score) {
        store::add(unit.tx, *score);
        unit.append(store::case_grouped(context, row, *score));
        unit.append(store::case_scored(context, row, *score));
    }
    reprice(unit, row.resident_id, s.service_day.year());
    // A correction may name another year or resident.
    if (replaced && (replaced->resident_id != row.resident_id ||
                     replaced->discharge_date.substr(0, 4) != row.discharge_date.substr(0, 4))) {
        reprice(unit, replaced->resident_id, CivilDate::parse(replaced->discharge_date)->year());
    }
    return {row, score, store::benefit(unit.tx, row.key)};
}

CaseView preview(Unit& unit, const SettlementList& list, const Setting& s, ListRow row) {
    enter(row, CaseAction::kValidate, CaseState::kAccepted);
    CaseView view{row, score_of(unit, list, s, row), {}};
    view.list = row;
    const std::string surviving = store::surviving(unit.tx, list.resident_id);
    const int year = s.service_day.year();
    auto lists = lists_of_year(unit, surviving, year);
    std::erase_if(lists, [&](const ListRow& l) { return l.key.case_key() == row.key.case_key(); });
    lists.push_back(row);
    for (ComputedBenefit& c : compute_year(unit, surviving, year, std::move(lists))) {
        if (c.list.key.case_key() == row.key.case_key()) view.benefit = c.benefit;
    }
    return view;
}

// A list that is in a run, or whose month is closed, is changed by differences of later runs only.
std::optional<Refusal> fixed_by_run(Unit& unit, const ListRow& row) {
    const bool closed = store::closed_periods(unit.tx).contains(*CivilMonth::parse(row.period));
    if (!closed && row.run_id.empty()) return std::nullopt;
    return Refusal{"PERIOD_CLOSED", {{"period", row.period}, {"run_id", row.run_id}}};
}

Outcome<Allowed> may_withdraw(Unit& unit, const ListRow& row) {
    if (auto fixed = fixed_by_run(unit, row)) return *fixed;
    return kCaseLifecycle.check(row.state, CaseAction::kWithdraw);
}

void withdraw(Unit& unit, const ListRow& row, const std::string& reason_code) {
    store::lock_resident(unit.tx, store::surviving(unit.tx, row.resident_id));
    give_way(unit, row, CaseAction::kWithdraw, reason_code);
    ListRow gone = row;
    gone.reason_code = reason_code;
    common::v1::EventContext context = unit.event_context();
    context.set_policy_pack_id(row.pack_id);
    context.set_policy_pack_version(static_cast<std::int32_t>(row.pack_version));
    context.set_policy_digest(row.pack_digest);
    unit.append(store::list_withdrawn(context, gone));
    reprice(unit, row.resident_id, CivilDate::parse(row.discharge_date)->year());
}

}  // namespace

std::optional<CaseView> find_case(storage::Transaction& tx, std::string_view institution_id,
                                  std::string_view list_id, std::int64_t version) {
    auto row = store::list(tx, institution_id, list_id, version);
    if (!row) return std::nullopt;
    CaseView view{*std::move(row), {}, {}};
    view.score = store::score(tx, view.list.key);
    view.benefit = store::benefit(tx, view.list.key);
    view.special = store::special_case(tx, view.list.key);
    return view;
}

Outcome<CaseView> submit_list(Unit& unit, const Submission& submission) {
    const SettlementList& list = submission.list;
    const std::string digest = crypto::sha256_hex(submission.data);
    auto same_version = find_case(unit.tx, list.institution_id, list.list_id, list.version);
    if (same_version && same_version->list.content_digest == digest) {
        return *std::move(same_version);
    }
    const auto in_force = store::list_in_force(unit.tx, list.institution_id, list.list_id);
    if (in_force && list.version > in_force->key.version) {
        if (auto fixed = fixed_by_run(unit, *in_force)) return *std::move(fixed);
    }
    const auto setting = setting_of(unit, list);
    if (!setting.ok()) return setting.refusal();
    ListFacts facts = facts_of(unit, list, *setting);
    facts.id_reused = same_version.has_value();
    const auto findings = check_list(list, facts);
    ListRow row = new_row(unit, submission, *setting, digest);
    row.findings = findings;
    if (submission.validate_only) {
        if (!rejects(findings)) return preview(unit, list, *setting, std::move(row));
        enter(row, CaseAction::kValidate, CaseState::kRejected);
        return CaseView{std::move(row), {}, {}};
    }
    if (facts.id_reused || list.version != facts.next_version) {
        return refuse_submission(unit, std::move(row), findings, *setting->pack);
    }
    if (!rejects(findings)) return accept(unit, list, *setting, std::move(row), in_force);
    enter(row, CaseAction::kValidate, CaseState::kRejected);
    store::add(unit.tx, row);
    unit.append(store::list_rejected(unit.event_context(*setting->pack), row.key, row.resident_id,
                                     findings));
    return CaseView{std::move(row), {}, {}};
}

Outcome<CaseView> withdraw_list(Unit& unit, std::string_view institution_id,
                                std::string_view list_id, std::string_view etag,
                                const std::string& reason_code) {
    const auto row = store::list(unit.tx, institution_id, list_id, 0);
    if (!row) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, row->changes)) return *std::move(mismatch);
    if (const auto allowed = may_withdraw(unit, *row); !allowed.ok()) return allowed.refusal();
    withdraw(unit, *row, reason_code);
    return *find_case(unit.tx, institution_id, list_id, row->key.version);
}

Outcome<std::int64_t> undo_batch(Unit& unit, std::string_view institution_id,
                                 std::string_view batch_id) {
    std::vector<ListRow> rows;
    for (const storage::Row& row : unit.tx.select(store::kListsOfBatch, batch_id, institution_id)) {
        rows.push_back(store::list_of(row));
    }
    if (rows.empty()) {
        return unit.tx.select_one(store::kBatchKnown, batch_id, institution_id)
                   ? Reason("BATCH_ALREADY_UNDONE")
                   : Reason("BATCH_NOT_FOUND");
    }
    for (const ListRow& row : rows) {
        if (const auto allowed = may_withdraw(unit, row); !allowed.ok()) return allowed.refusal();
    }
    for (const ListRow& row : rows) withdraw(unit, row, "IMPORT_UNDONE");
    return static_cast<std::int64_t>(rows.size());
}

}  // namespace yilian::billing::app
