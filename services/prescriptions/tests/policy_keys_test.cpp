// Every key of the pack that this service reads: another value, another result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/policy/keys/prescriptions.h"
#include "libs/policy/testing/key_changes.h"
#include "services/prescriptions/domain/check.h"
#include "services/prescriptions/domain/circulation.h"
#include "services/prescriptions/domain/content.h"
#include "services/prescriptions/domain/long_rules.h"
#include "services/prescriptions/domain/validity.h"
#include "services/prescriptions/tests/prescription_site.h"
#include "services/prescriptions/tests/samples.h"

namespace yilian::prescriptions::domain {
namespace {

using policy::testing::change;
using policy::testing::ChangedPacks;
using policy::testing::KeyChange;
using policy::testing::PackResult;
using samples::content;
using samples::day;
using samples::drug;
using samples::line;

constexpr const char* kDistrict = "350104";

// What a rule says of the pack of the district.
PackResult by(std::function<std::string(const policy::Pack&)> rule) {
    return [rule = std::move(rule)](const ChangedPacks& packs) {
        return rule(*packs.on(day("2026-03-06")));
    };
}

std::string text_of(const Refusal& refusal) {
    std::string text(refusal.reason.text());
    for (const auto& [name, value] : refusal.metadata) text += ' ' + name + '=' + value;
    return text;
}
template <class T>
std::string text_of(const Outcome<T>& outcome) {
    return outcome.ok() ? "allowed" : text_of(outcome.refusal());
}

PackResult validity(Kind kind, std::optional<std::int32_t> noted = {}) {
    return by([=](const policy::Pack& pack) {
        const Instant until =
            valid_until(pack, day("2026-03-06"), validity_days(pack, kind, noted));
        return std::to_string(until.time_since_epoch().count());
    });
}
PackResult kind(Kind of) {
    return by([=](const policy::Pack& pack) { return text_of(kind_enabled(pack, of)); });
}
PackResult signing(Content written) {
    return by([=](const policy::Pack& pack) { return text_of(may_be_signed(pack, written)); });
}

CheckInput input_of(Kind of, std::vector<LineContent> lines, const std::vector<Drug>& drugs) {
    CheckInput input;
    input.content = content(of, std::move(lines));
    input.on = day("2026-03-06");
    input.birth_date = day("1967-06-15");
    input.health_codes_known = true;
    input.institution_class = "centre";
    for (const Drug& d : drugs) input.drugs.emplace(d.generic_code, d);
    return input;
}
PackResult findings(CheckInput input) {
    return by([input = std::move(input)](const policy::Pack& pack) {
        std::string text;
        for (const Finding& f : check(pack, input)) {
            text += f.rule_id + ' ' + f.message_code + ' ' + std::string(name_of(f.level));
            for (const std::string& value : f.values) text += ' ' + value;
            text += '\n';
        }
        return text;
    });
}
// One line of a drug of a controlled class.
PackResult controlled(const char* klass, const char* form, const char* ingredient,
                      std::int32_t days) {
    Drug d = drug("D", ingredient);
    d.long_excluded_class = klass;
    d.form_code = form;
    const bool narcotic = std::string_view(klass) == "narcotic";
    return findings(
        input_of(narcotic ? Kind::kNarcotic1 : Kind::kNormal, {line(1, "D", days)}, {d}));
}

LongQuestion long_question(std::int32_t days) {
    LongQuestion q;
    q.disease_code = "hypertension";
    q.days = days;
    q.drugs = {drug("D", "AMLODIPINE")};
    q.patient_confirmed = false;
    q.evidence = ControlEvidence{"hypertension", "v1", day("2026-01-05"), true};
    q.doctor_title = "MIDDLE";
    return q;
}
PackResult assessment(LongQuestion q) {
    return by([q = std::move(q)](const policy::Pack& pack) {
        const auto decision = assess_long(pack, q, day("2026-03-06"));
        if (!decision.ok()) return text_of(decision.refusal());
        return std::to_string(decision->limit.days) + (decision->strict ? " strict " : " ") +
               decision->valid_until.text();
    });
}
PackResult excluded(const char* klass) {
    LongQuestion q = long_question(28);
    q.drugs[0].long_excluded_class = klass;
    return assessment(std::move(q));
}

DispenserQuestion to(Kind of, const char* institution_class, const char* drug_of = "hypertension") {
    DispenserQuestion q;
    q.kind = of;
    q.prescriber = {"H1", "hospital", "", true, {"C1"}};
    q.dispenser = Institution{"P1", institution_class, "", true, {"C1"}};
    q.drugs = {drug("D", "AMLODIPINE")};
    q.drugs[0].disease_codes = {drug_of};
    return q;
}
PackResult dispensing(DispenserQuestion q) {
    return by(
        [q = std::move(q)](const policy::Pack& pack) { return text_of(may_dispense(pack, q)); });
}

PackResult instances() {
    return by([](const policy::Pack& pack) {
        Line l;
        l.days = 56;
        l.quantity_milli = 56'000;
        std::string text;
        for (const auto& i : plan_instances(pack, std::vector{l}, 2, day("2026-03-06"))) {
            text += i.effective_on.text() + ' ';
        }
        return text;
    });
}

Content lines_of(std::size_t count) {
    std::vector<LineContent> lines;
    for (std::size_t i = 1; i <= count; ++i) {
        lines.push_back(line(static_cast<std::int32_t>(i), "D" + std::to_string(i)));
    }
    return content(Kind::kNormal, std::move(lines));
}

CheckInput covered_until(const char* last) {
    const Drug d = drug("D", "AMLODIPINE");
    CheckInput input = input_of(Kind::kNormal, {line(1, "D")}, {d});
    input.covered.push_back({d, day(last)});
    return input;
}
CheckInput noted_validity() {
    CheckInput input = input_of(Kind::kNormal, {line(1, "D")}, {drug("D", "AMLODIPINE")});
    input.content.validity_days = 3;
    return input;
}
CheckInput not_essential() {
    Drug d = drug("D", "AMLODIPINE");
    d.essential = false;
    return input_of(Kind::kNormal, {line(1, "D")}, {d});
}
CheckInput days_of(Kind of, std::int32_t days) {
    return input_of(of, {line(1, "D", days)}, {drug("D", "AMLODIPINE")});
}

std::vector<KeyChange> writing() {
    Content mixed = lines_of(2);
    mixed.lines[1].item_class = ItemClass::kPieces;
    return {
        change(policy::kRxValidityDays, "2", validity(Kind::kNormal)),
        change(policy::kRxValidityMaxDays, "2", findings(noted_validity())),
        change(policy::kRxValidityCountsIssueDay, "false", validity(Kind::kNormal)),
        change(policy::kRxExtendedValidityDays, "2", validity(Kind::kExtended)),
        change(policy::kRxExtendedEnabled, "false", kind(Kind::kExtended)),
        change(policy::kRxSharedEnabled, "false", kind(Kind::kShared)),
        change(policy::kRxRepeatEnabled, "false", kind(Kind::kRepeat)),
        change(policy::kRxLinesMax, "6", signing(lines_of(6))),
        change(policy::kRxPiecesSeparate, "false", signing(mixed)),
        change(policy::kRxQuantityNormalDays, "8", findings(days_of(Kind::kNormal, 8))),
        change(policy::kRxQuantityEmergencyDays, "4", findings(days_of(Kind::kEmergency, 4))),
        change(policy::kRxControlledInjectionDoses, "2",
               controlled("narcotic", "INJ", "MORPHINE", 2)),
        change(policy::kRxControlledSlowReleaseDays, "8",
               controlled("narcotic", "SR_TAB", "MORPHINE", 8)),
        change(policy::kRxControlledOtherDays, "4", controlled("narcotic", "TAB", "MORPHINE", 4)),
        change(policy::kRxControlledMethylphenidateDays, "16",
               controlled("narcotic", "TAB", "METHYLPHENIDATE", 16)),
        change(policy::kRxControlledPsychotropic2Days, "5",
               controlled("psychotropic_2", "TAB", "DIAZEPAM", 6)),
        change(policy::kRxToxicDays, "3", controlled("toxic", "TAB", "ATROPINE", 3)),
        change(policy::kRxCatalogueUnified, "true",
               findings(input_of(Kind::kNormal, {line(1, "UNKNOWN")}, {})),
               {{"rx.catalogue.unified", "false"}}),
        change(policy::kRxEssentialSchemeLevels, "[centre]", findings(not_essential()),
               {{"rx.essential.scheme_levels", "[]"}}),
        change(policy::kRxEssentialOutOfListAction, "block", findings(not_essential()),
               {{"rx.essential.scheme_levels", "[centre]"}}),
        change(policy::kRxEssentialPreferEnabled, "false", findings(not_essential()),
               {{"rx.essential.scheme_levels", "[]"}, {"rx.essential.prefer_enabled", "true"}}),
        change(policy::kRxLongOverlapWarnDays, "20", findings(covered_until("2026-03-20"))),
    };
}

std::vector<KeyChange> long_prescriptions() {
    LongQuestion late = long_question(28);
    late.evidence->visit_on = day("2025-12-15");
    return {
        change(policy::kRxLongEnabled, "false", kind(Kind::kLong)),
        change(policy::kRxLongDiseases, "[diabetes]", assessment(long_question(28))),
        change(policy::kRxLongExcludedClasses, "[toxic]", excluded("antimicrobial")),
        change(policy::kRxLongMaxDays, "42", assessment(long_question(28))),
        change(policy::kRxLongMinDays, "20", assessment(long_question(21))),
        change(policy::kRxLongStrictAboveDays, "27", assessment(long_question(28))),
        change(policy::kRxLongEvidenceMaxAgeDays, "60", assessment(late)),
        change(policy::kRxLongInstanceLeadDays, "5", instances()),
    };
}

std::vector<KeyChange> circulation() {
    const policy::testing::Overrides cloud{
        {"rx.cloud_pharmacy.enabled", "true"},
        {"rx.cloud_pharmacy.diseases", "[hypertension]"},
        {"rx.cloud_pharmacy.qualified_classes", "[village_clinic]"}};
    return {
        change(policy::kRxOutflowEnabled, "false", dispensing(to(Kind::kNormal, "pharmacy")),
               {{"rx.outflow.enabled", "true"}}),
        change(policy::kRxPreparationMemberUseEnabled, "false",
               dispensing(to(Kind::kPreparation, "centre")),
               {{"rx.preparation.member_use_enabled", "true"}}),
        change(policy::kRxTcmSharedPharmacyEnabled, "false",
               dispensing(to(Kind::kTcmPieces, "centre")),
               {{"rx.tcm.shared_pharmacy_enabled", "true"}}),
        change(policy::kRxCloudPharmacyEnabled, "false",
               dispensing(to(Kind::kNormal, "village_clinic")), cloud),
        change(policy::kRxCloudPharmacyDiseases, "[diabetes]",
               dispensing(to(Kind::kNormal, "village_clinic")), cloud),
        change(policy::kRxCloudPharmacyQualifiedClasses, "[centre_village_clinic]",
               dispensing(to(Kind::kNormal, "village_clinic")), cloud),
    };
}

TEST(PolicyKeys, AreReadByTheRulesOfWriting) {
    EXPECT_THAT(unchanged(kDistrict, writing()), ::testing::IsEmpty());
}
TEST(PolicyKeys, AreReadByTheRulesOfLongPrescriptions) {
    EXPECT_THAT(unchanged(kDistrict, long_prescriptions()), ::testing::IsEmpty());
}
TEST(PolicyKeys, AreReadByTheRulesOfCirculation) {
    EXPECT_THAT(unchanged(kDistrict, circulation()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace yilian::prescriptions::domain

namespace yilian::prescriptions::testing {
namespace {

using policy::testing::change;
using policy::testing::ChangedPacks;
using policy::testing::PackResult;
using policy::testing::unchanged;

// What the running service answers with these packs.
PackResult served(std::function<std::string(PrescriptionSite&)> act) {
    return [act = std::move(act)](const ChangedPacks& packs) {
        PrescriptionSite site(storage::Dialect::kSqlite, "350104");
        site.policies_dir = site.site().file("policies");
        packs.write(site.policies_dir);
        site.restart();
        site.people_and_places();
        site.resident("r1");
        return act(site);
    };
}

std::string lease(PrescriptionSite& site) {
    const auto p = site.effective("r1", PrescriptionSite::content());
    return shown(site.claimed(kClinic, p.prescription_id()).claim().leased_until());
}

std::string repeated_after_a_week(PrescriptionSite& site) {
    const auto p = site.effective("r1", PrescriptionSite::content());
    site.clock("2026-01-09T09:00:00");
    auto repeat = PrescriptionSite::content(v1::PRESCRIPTION_KIND_REPEAT);
    repeat.set_repeat_of(p.prescription_id());
    return site.refusal(kDoctor, "DraftPrescription", site.draft_of("r1", repeat));
}

std::string after_signing(PrescriptionSite& site) {
    return v1::PrescriptionState_Name(site.is_signed("r1", PrescriptionSite::content()).state());
}

std::string without_trace_code(PrescriptionSite& site) {
    const auto p = site.effective("r1", PrescriptionSite::content());
    const auto claim = site.claimed(kClinic, p.prescription_id());
    auto dispense = site.dispense_of(p.prescription_id(), claim.secret(), 7000);
    dispense.clear_trace_codes();
    return site.refusal(kClinic, "DispenseLine", dispense);
}

std::string assessed_without_days(PrescriptionSite& site) {
    site.visit("r1", "v1", "2025-12-30");
    v1::AssessLongRequest ask;
    ask.set_resident_id("r1");
    ask.set_disease_code("hypertension");
    return site.refusal<v1::LongAssessment>(kDoctor, "AssessLong", ask);
}

TEST(PolicyKeys, AreReadByTheRunningService) {
    EXPECT_THAT(
        unchanged("350104",
                  {change(policy::kRxClaimLeaseMin, "60", served(lease)),
                   change(policy::kRxRepeatMaxAgeDays, "3", served(repeated_after_a_week)),
                   change(policy::kRxReviewAutoPassEnabled, "true", served(after_signing)),
                   change(policy::kRxTraceRequiredFrom, "2026-06-01", served(without_trace_code)),
                   change(policy::kRxLongDefaultDays, "35", served(assessed_without_days))}),
        ::testing::IsEmpty());
}

}  // namespace
}  // namespace yilian::prescriptions::testing
