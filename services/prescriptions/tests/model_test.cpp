// The transition table against the real service: in every state that a caller can meet, each method
// succeeds exactly where the table has a row for it; what is refused changes nothing; what is
// answered as allowed is allowed.
#include <set>

#include "libs/calendar/local_time.h"
#include "services/prescriptions/domain/prescription_table.h"
#include "services/prescriptions/tests/service_fixture.h"
#include "yilian/billing/v1/events.pb.h"

namespace yilian::prescriptions::testing {
namespace {

using domain::Action;
using domain::State;

// A prescription and what its holder knows.
struct Case {
    std::string id;
    std::string secret{};
    v1::Dispense dispense{};
};

class Model : public Service {
  protected:
    std::string today() { return calendar::local_date(site_.app().clock().now()).text(); }
    void days_pass(int days) {
        const auto day = calendar::local_date(site_.app().clock().now()).plus_days(days);
        site_.clock(day.text() + "T09:00:00");
    }

    Case effective() {
        return {site_.effective("r1", PrescriptionSite::content()).prescription_id()};
    }
    Case claimed() {
        Case c = effective();
        c.secret = site_.claimed(kClinic, c.id).secret();
        return c;
    }
    Case dispensed(std::int64_t quantity = 7000) {
        Case c = claimed();
        c.dispense =
            site_.change(kClinic, "DispenseLine", site_.dispense_of(c.id, c.secret, quantity))
                .dispenses(0);
        return c;
    }
    Case settled() {
        Case c = dispensed();
        const std::string list = "list-" + std::to_string(++lists_);
        site_.benefit("r1", c.id, list);
        billing::v1::SettlementListWithdrawn withdrawn;
        withdrawn.set_list_id(list);
        withdrawn.set_case_key("V1/" + list);
        withdrawn.set_resident_id("r1");
        site_.fact(withdrawn);
        return c;
    }
    // Returned by the pharmacist with a finding that may be overridden.
    Case returned() {
        const auto p =
            site_.is_signed("r1", PrescriptionSite::content(v1::PRESCRIPTION_KIND_NORMAL,
                                                            {kAmlodipine, kValsartanAmlodipine}));
        auto request = on<v1::ReviewReturnRequest>(p.prescription_id());
        request.set_reason_code("DUPLICATE");
        site_.change(kPharmacist, "ReviewReturn", request);
        return {p.prescription_id()};
    }
    Case future() {
        site_.visit("r1", site_.next_id(), today());
        v1::RecordLongAssessmentRequest assessment;
        assessment.set_resident_id("r1");
        assessment.set_disease_code("hypertension");
        assessment.set_days(56);
        assessment.set_patient_confirmed(true);
        site_.change<v1::LongAssessment>(kDoctor, "RecordLongAssessment", assessment);
        auto content = PrescriptionSite::content(v1::PRESCRIPTION_KIND_LONG, {kAmlodipine}, 56);
        content.set_instance_count(2);
        const auto parent = site_.effective("r1", content);
        return {site_.instances(parent).at(1).prescription_id()};
    }
    Case in(State state) {
        switch (state) {
            case State::kDraft:
                return {site_.drafted("r1", PrescriptionSite::content()).prescription_id()};
            case State::kPharmacistReview:
                return {site_.is_signed("r1", PrescriptionSite::content()).prescription_id()};
            case State::kReturned:
                return returned();
            case State::kRefused:
                return after(in(State::kPharmacistReview), Action::kRefuse);
            case State::kEffective:
                return effective();
            case State::kClaimed:
                return claimed();
            case State::kPartlyDispensed:
                return dispensed(3000);
            case State::kDispensed:
                return dispensed();
            case State::kSettled:
                return settled();
            case State::kCancelPending:
                return after(claimed(), Action::kCancel);
            case State::kCancelled:
                return after(effective(), Action::kCancel);
            case State::kNotDispensed:
                return after(claimed(), Action::kMarkNotDispensed);
            case State::kReversed:
                return after(dispensed(), Action::kReverse);
            case State::kFuture:
                return future();
            case State::kExpired: {
                Case c = effective();
                days_pass(1);
                return c;
            }
            case State::kClosed: {
                Case c = dispensed();
                days_pass(31);
                return c;
            }
            case State::kNone:
            case State::kSigned:
            case State::kSystemChecked:
                break;
        }
        ADD_FAILURE() << "nobody meets this state";
        return {};
    }
    Case after(Case c, Action action) {
        EXPECT_EQ(attempt(c, action), "") << domain::kLifecycle.name(action);
        return c;
    }

    std::string doctors(const Case& c, Action action) {
        if (action == Action::kUpdate) {
            auto request = on<v1::UpdateDraftRequest>(c.id);
            *request.mutable_content() = PrescriptionSite::content();
            return site_.refusal(kDoctor, "UpdateDraft", request);
        }
        if (action == Action::kSign) {
            v1::Prescription p;
            p.set_prescription_id(c.id);
            return site_.refusal(kDoctor, "SignPrescription", site_.sign_of(p));
        }
        if (action == Action::kAbandon) {
            return site_.refusal(kDoctor, "AbandonPrescription",
                                 on<v1::AbandonPrescriptionRequest>(c.id));
        }
        if (action == Action::kDoubleSign) {
            auto request = on<v1::DoubleSignRequest>(c.id);
            request.set_override_reason_code("CLINICAL_NEED");
            return site_.refusal(kDoctor, "DoubleSign", request);
        }
        auto request = on<v1::CancelPrescriptionRequest>(c.id);
        request.set_reason_code("PATIENT_REQUEST");
        return site_.refusal<v1::CancelPrescriptionResponse>(kDoctor, "CancelPrescription",
                                                             request);
    }
    std::string pharmacists(const Case& c, Action action) {
        if (action == Action::kPass) {
            return site_.refusal(kPharmacist, "ReviewPass", on<v1::ReviewPassRequest>(c.id));
        }
        if (action == Action::kReturn) {
            auto request = on<v1::ReviewReturnRequest>(c.id);
            request.set_reason_code("DOSE");
            return site_.refusal(kPharmacist, "ReviewReturn", request);
        }
        auto request = on<v1::ReviewRefuseRequest>(c.id);
        request.set_reason_code("DOSE");
        return site_.refusal(kPharmacist, "ReviewRefuse", request);
    }
    std::string dispensers(const Case& c, Action action) {
        const std::string secret = c.secret.empty() ? "none" : c.secret;
        if (action == Action::kClaim) {
            return site_.refusal<v1::ClaimPrescriptionResponse>(
                kClinic, "ClaimPrescription", on<v1::ClaimPrescriptionRequest>(c.id));
        }
        if (action == Action::kRelease) {
            auto request = on<v1::ReleaseClaimRequest>(c.id);
            request.set_secret(secret);
            return site_.refusal(kClinic, "ReleaseClaim", request);
        }
        if (action == Action::kDispense) {
            return site_.refusal(kClinic, "DispenseLine", site_.dispense_of(c.id, secret, 1000));
        }
        if (action == Action::kMarkNotDispensed) {
            auto request = on<v1::MarkNotDispensedRequest>(c.id);
            request.set_secret(secret);
            request.set_line_no(1);
            request.set_reason_code("NOT_REQUIRED");
            return site_.refusal(kClinic, "MarkNotDispensed", request);
        }
        auto request = on<v1::ReverseDispenseRequest>(c.id);
        request.set_dispense_id(c.dispense.dispense_id().empty() ? site_.next_id()
                                                                 : c.dispense.dispense_id());
        *request.mutable_trace_codes() = c.dispense.trace_codes();
        return site_.refusal(kClinic, "ReverseDispense", request);
    }
    // The reason of the refusal, "" when the method succeeds.
    std::string attempt(const Case& c, Action action) {
        switch (action) {
            case Action::kUpdate:
            case Action::kSign:
            case Action::kAbandon:
            case Action::kDoubleSign:
            case Action::kCancel:
                return doctors(c, action);
            case Action::kPass:
            case Action::kReturn:
            case Action::kRefuse:
                return pharmacists(c, action);
            default:
                return dispensers(c, action);
        }
    }

    std::set<std::string> answered_as_allowed(const Case& c) {
        std::set<std::string> names;
        for (const Who& who : {kDoctor, kPharmacist, kClinic}) {
            const v1::Prescription p = site_.get(c.id, who);
            for (const std::string& name : p.allowed_actions()) {
                names.insert(name);
            }
        }
        return names;
    }

  private:
    int lists_ = 0;
};
YILIAN_ON_SQLITE(Model);

constexpr Action kMethods[] = {Action::kUpdate,     Action::kSign,     Action::kAbandon,
                               Action::kDoubleSign, Action::kCancel,   Action::kPass,
                               Action::kReturn,     Action::kRefuse,   Action::kClaim,
                               Action::kRelease,    Action::kDispense, Action::kMarkNotDispensed,
                               Action::kReverse};

TEST_P(Model, EveryMethodFollowsTheTableInEveryState) {
    for (const auto& [state, name] : domain::kStates) {
        if (state == State::kSigned || state == State::kSystemChecked) continue;
        const Case standing = in(state);
        const v1::Prescription before = site_.get(standing.id);
        ASSERT_EQ(static_cast<int>(before.state()), static_cast<int>(state)) << name;
        std::set<std::string> legal;
        for (const Action action : kMethods) {
            const std::string method(domain::kLifecycle.name(action));
            if (domain::kLifecycle.legal(state, action)) {
                legal.insert(method);
                EXPECT_EQ(attempt(in(state), action), "") << method << " in " << name;
                continue;
            }
            EXPECT_NE(attempt(standing, action), "") << method << " in " << name;
            EXPECT_EQ(site_.get(standing.id).version(), before.version())
                << method << " in " << name;
        }
        const Case fresh = in(state);
        EXPECT_EQ(answered_as_allowed(fresh), legal) << name;
    }
}

}  // namespace
}  // namespace yilian::prescriptions::testing
