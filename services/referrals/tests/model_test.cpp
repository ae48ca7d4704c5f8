#include <set>
#include <tuple>

#include "libs/calendar/local_time.h"
#include "services/referrals/domain/referral_table.h"
#include "services/referrals/tests/service_fixture.h"
#include "yilian/registries/v1/events.pb.h"

// The transition table against the real service: every row is taken from each of its states to each
// of its targets, everything else is refused and changes nothing, and what is answered as allowed
// is allowed (invariant 1).
namespace yilian::referrals::testing {
namespace {

using domain::State;

// Whoever may do something on the way: sender B1, receiver H1, base B1.
class Model : public Service {
  protected:
    void SetUp() override {
        Service::SetUp();
        site_.offer("H2");
        site_.offer("T1", [](v1::ServiceOffer& offer) { offer.set_auto_accept(true); });
    }

    v1::ReferralContent content(v1::Direction direction) {
        auto c = ReferralSite::content();
        c.set_direction(direction);
        c.set_priority(v1::PRIORITY_URGENT);
        if (direction == v1::DIRECTION_DOWN) {
            c.set_receiver_institution_id("B1");
            c.set_plan_document_id("plan-1");
            c.set_override_reason_code("PATIENT_WISH");
        }
        return c;
    }
    v1::Referral draft(v1::Direction direction = v1::DIRECTION_UP) {
        const std::string resident = "m" + std::to_string(++residents_);
        site_.resident(resident);
        auto create = draft_of(resident);
        *create.mutable_content() = content(direction);
        const char* sender = direction == v1::DIRECTION_DOWN ? "H1" : "B1";
        return site_.change(sender, "CreateReferral", create);
    }
    v1::Referral submit(const v1::Referral& r) {
        return site_.change(r.sender_institution_id(), "SubmitReferral",
                            on<v1::SubmitReferralRequest>(r));
    }
    v1::Referral accept(const v1::Referral& r) {
        return site_.change("H1", "AcceptReferral", on<v1::AcceptReferralRequest>(r));
    }
    v1::Referral request_info(const v1::Referral& r) {
        auto request = on<v1::RequestInformationRequest>(r);
        request.add_item_codes("ecg");
        return site_.change("H1", "RequestInformation", request);
    }
    v1::Referral advise(const v1::Referral& r) {
        auto request = on<v1::ReturnAdviceRequest>(r);
        request.set_advice("advice");
        return site_.change("H1", "ReturnAdvice", request);
    }
    v1::Referral reject(const v1::Referral& r) {
        auto request = on<v1::RejectReferralRequest>(r);
        request.set_reason_code("OTHER");
        return site_.change("H1", "RejectReferral", request);
    }
    v1::Referral waitlist(const v1::Referral& r) {
        return site_.change("H1", "WaitlistReferral", on<v1::WaitlistReferralRequest>(r));
    }
    // A hold on a place that begins in a minute.
    std::string held(const v1::Referral& r) {
        const Instant start = site_.app().clock().now() + std::chrono::minutes(1);
        const auto slots = site_.slots("pool" + std::to_string(++pools_), v1::RESOURCE_KIND_BED,
                                       calendar::rfc3339(start).substr(0, 19), 10);
        const auto hold = site_.hold("B1", slots[3].slot_id(), r.resident_id(), r.referral_id());
        EXPECT_TRUE(hold.ok()) << hold.error().reason;
        return hold.ok() ? hold.value().hold_id() : "";
    }
    template <class Req>
    v1::Referral book(const v1::Referral& r, const char* method) {
        auto request = on<Req>(r);
        request.set_hold_id(held(r));
        return site_.change("B1", method, request);
    }
    void later(std::chrono::minutes span) {
        site_.clock(calendar::rfc3339(site_.app().clock().now() + span).substr(0, 19));
    }
    v1::Referral arrive(const v1::Referral& r, const char* who = "H1") {
        return site_.change(who, "RecordArrival", on<v1::RecordArrivalRequest>(r));
    }
    v1::Referral start_care(const v1::Referral& r) {
        auto request = on<v1::StartCareRequest>(r);
        request.set_encounter_ref("e-" + r.referral_id());
        return site_.change("H1", "StartCare", request);
    }
    v1::Referral complete(const v1::Referral& r) {
        auto request = on<v1::CompleteReferralRequest>(r);
        v1::ReplyLetter* reply = request.mutable_reply();
        reply->add_diagnosis_codes("I10.x05");
        reply->set_treatment("t");
        reply->set_plan("p");
        reply->set_signed_by("H1-p1");
        reply->add_discharge_drug_codes("X1");
        set_local(reply->mutable_signed_at(),
                  calendar::rfc3339(site_.app().clock().now()).substr(0, 19));
        return site_.change("H1", "CompleteReferral", request);
    }
    v1::Referral propose_down(const v1::Referral& r) {
        auto request = on<v1::ProposeDownRequest>(r);
        request.set_plan_document_id("plan-1");
        return site_.change("H1", "ProposeDown", request);
    }
    v1::Referral answer_down(const v1::Referral& r, bool accepts) {
        auto request = on<v1::AnswerDownRequest>(r);
        request.set_accept(accepts);
        request.set_reason_code("OTHER");
        request.add_drugs_available()->set_drug_code("X1");
        return site_.change("B1", "AnswerDown", request);
    }
    v1::Referral follow_up(const v1::Referral& r) {
        registries::v1::VisitRecorded visit;
        visit.set_visit_id("visit-" + r.referral_id());
        visit.set_resident_id(r.resident_id());
        visit.set_visit_on("2026-03-02");
        site_.fact(visit);
        auto request = on<v1::RecordFollowUpRequest>(r);
        request.set_visit_id(visit.visit_id());
        return site_.change("B1", "RecordFollowUp", request);
    }
    v1::Referral close(const v1::Referral& r, const char* who, const char* outcome = "") {
        auto request = on<v1::CloseReferralRequest>(r);
        request.set_outcome_code(outcome);
        request.set_patient_informed(true);
        return site_.change(who, "CloseReferral", request);
    }
    template <class Req>
    v1::Referral end(const v1::Referral& r, const char* method) {
        auto request = on<Req>(r);
        request.set_reason_code("NOT_NEEDED");
        return site_.change(r.sender_institution_id(), method, request);
    }

    // A new referral in this state, by the shortest way.
    v1::Referral in(State state);
    v1::Referral in_care_and_after(State state);

    std::set<std::tuple<std::string, std::string, std::string>> steps_taken() {
        std::set<std::tuple<std::string, std::string, std::string>> steps;
        static constexpr storage::Query kSteps{
            "test.steps", "SELECT DISTINCT action, from_state, to_state FROM referral_events"};
        (void)site_.app().store().read([&](storage::Transaction& tx) {
            for (const auto& row : tx.select(kSteps)) {
                steps.emplace(row.text(0), row.text(1), row.text(2));
            }
        });
        return steps;
    }

    int residents_ = 0;
    int pools_ = 0;
};
YILIAN_ON_SQLITE(Model);

v1::Referral Model::in_care_and_after(State state) {
    const v1::Referral care = start_care(in(State::kArrived));
    if (state == State::kInCare) return care;
    const v1::Referral done = complete(care);
    if (state == State::kCompleted) return done;
    const v1::Referral proposed = propose_down(done);
    if (state == State::kDownProposed) return proposed;
    const v1::Referral taken = answer_down(proposed, true);
    return state == State::kBaseAccepted ? taken : follow_up(taken);
}

v1::Referral Model::in(State state) {
    switch (state) {
        case State::kDraft:
            return draft();
        case State::kUnderReview:
            return submit(draft());
        case State::kInfoRequested:
            return request_info(in(State::kUnderReview));
        case State::kAdviceReturned:
            return advise(in(State::kUnderReview));
        case State::kRejected:
            return reject(in(State::kUnderReview));
        case State::kAccepted:
            return accept(in(State::kUnderReview));
        case State::kWaitingList:
            return waitlist(in(State::kAccepted));
        case State::kBooked:
            return book<v1::BookReferralRequest>(in(State::kAccepted), "BookReferral");
        case State::kNoShow: {
            const v1::Referral booked = in(State::kBooked);
            later(std::chrono::minutes(31));
            return site_.get("B1", booked.referral_id());
        }
        case State::kArrived:
            return arrive(in(State::kAccepted));
        case State::kClosed:
            return close(in(State::kFollowedUp), "B1");
        case State::kCancelled:
            return end<v1::CancelReferralRequest>(in(State::kDraft), "CancelReferral");
        case State::kWithdrawn:
            return end<v1::WithdrawReferralRequest>(in(State::kUnderReview), "WithdrawReferral");
        case State::kDiscarded:
            return site_.change("B1", "DiscardDraft",
                                on<v1::DiscardDraftRequest>(in(State::kDraft)));
        case State::kExpired: {
            const v1::Referral asked = in(State::kInfoRequested);
            later(std::chrono::hours(24 * 5));
            return site_.get("B1", asked.referral_id());
        }
        default:
            return in_care_and_after(state);
    }
}

TEST_P(Model, F02EveryRowIsTakenFromEachOfItsStatesToEachOfItsTargets) {
    for (const auto& state : domain::kStates) {
        EXPECT_EQ(static_cast<State>(in(state.value).state()), state.value) << state.text;
    }
    // 2, 5, 6, 39 to CLOSED, 7.
    auto update = on<v1::UpdateDraftRequest>(draft());
    *update.mutable_content() = content(v1::DIRECTION_UP);
    site_.change("B1", "UpdateDraft", update);
    submit(draft(v1::DIRECTION_EMERGENCY));
    answer_down(submit(draft(v1::DIRECTION_DOWN)), false);
    const v1::Referral by_rule = draft();
    update = on<v1::UpdateDraftRequest>(by_rule);
    *update.mutable_content() = content(v1::DIRECTION_UP);
    update.mutable_content()->set_receiver_institution_id("T1");
    site_.change("B1", "UpdateDraft", update);
    EXPECT_EQ(submit(by_rule).state(), v1::REFERRAL_STATE_ACCEPTED);
    // 11, 13, 15.
    auto redirect = on<v1::RedirectReferralRequest>(in(State::kUnderReview));
    redirect.set_to_institution_id("H2");
    site_.change("H1", "RedirectReferral", redirect);
    auto priority = on<v1::ChangePriorityRequest>(in(State::kUnderReview));
    priority.set_priority(v1::PRIORITY_ROUTINE);
    priority.set_reason_code("BETTER");
    site_.change("H1", "ChangePriority", priority);
    auto provide = on<v1::ProvideInformationRequest>(in(State::kInfoRequested));
    provide.add_item_codes("ecg");
    site_.change("B1", "ProvideInformation", provide);
    // 14, 43.
    for (const State state : {State::kInfoRequested, State::kWaitingList, State::kAccepted}) {
        end<v1::WithdrawReferralRequest>(in(state), "WithdrawReferral");
    }
    for (const State state :
         {State::kUnderReview, State::kInfoRequested, State::kAdviceReturned, State::kRejected,
          State::kAccepted, State::kWaitingList, State::kBooked}) {
        end<v1::CancelReferralRequest>(in(state), "CancelReferral");
    }
    // 17, 19, 31, 37 and 18.
    close(in(State::kAdviceReturned), "B1");
    close(in(State::kRejected), "B1");
    close(in(State::kNoShow), "H1", "ILL");
    close(in(State::kCompleted), "B1");
    for (const State state : {State::kAdviceReturned, State::kRejected}) {
        auto resubmit = on<v1::ResubmitReferralRequest>(in(state));
        *resubmit.mutable_content() = content(v1::DIRECTION_UP);
        resubmit.mutable_content()->set_receiver_institution_id("H2");
        site_.change("B1", "ResubmitReferral", resubmit);
    }
    // 21 from the waiting list, 24 to 27, 29, 30, 32, 34, 39, 44.
    book<v1::BookReferralRequest>(in(State::kWaitingList), "BookReferral");
    book<v1::RebookReferralRequest>(in(State::kBooked), "RebookReferral");
    book<v1::RebookReferralRequest>(in(State::kNoShow), "RebookReferral");
    for (const auto& [who, keep] :
         {std::pair{"B1", true}, std::pair{"B1", false}, std::pair{"H1", false}}) {
        auto cancel = on<v1::CancelBookingRequest>(in(State::kBooked));
        cancel.set_reason_code("PATIENT_WISH");
        cancel.set_keep_referral(keep);
        site_.change(who, "CancelBooking", cancel);
    }
    arrive(in(State::kBooked));
    arrive(in(State::kNoShow));
    auto upload = on<v1::UploadRecordRequest>(in(State::kArrived));
    v1::Document* document = upload.add_documents();
    document->set_document_id("doc-1");
    document->set_kind(v1::DOCUMENT_KIND_REPORT);
    document->set_sha256(std::string(64, '0'));
    document->set_media_type("application/pdf");
    site_.change("B1", "UploadRecord", upload);
    auto refer = on<v1::ReferOnRequest>(in(State::kInCare));
    *refer.mutable_content() = content(v1::DIRECTION_LATERAL);
    refer.mutable_content()->set_receiver_institution_id("H2");
    site_.change("H1", "ReferOn", refer);
    answer_down(in(State::kDownProposed), false);
    arrive(in(State::kBaseAccepted), "B1");
    // 42.
    for (const auto& state : domain::kStates) {
        if (!domain::kLifecycle.is_final(state.value)) die(in(state.value).resident_id());
    }
    // 23, from review and from the waiting list.
    in(State::kUnderReview);
    in(State::kWaitingList);
    later(std::chrono::hours(24 * 5));

    const auto taken = steps_taken();
    const auto model = domain::kLifecycle.model();
    for (const lifecycle::RowData& row : model.rows) {
        const std::string action(lifecycle::name_in(model.actions, row.action));
        for (const auto& from : domain::kStates) {
            const int state = static_cast<int>(from.value);
            if (!lifecycle::has(row.from, state)) continue;
            for (const auto& to : domain::kStates) {
                if (!lifecycle::has(row.targets(state), static_cast<int>(to.value))) continue;
                EXPECT_TRUE(taken.contains({action, std::string(from.text), std::string(to.text)}))
                    << "row " << row.number << ": " << from.text << " " << action << " " << to.text;
            }
        }
    }
}

// Calls a method with a request that passes validation.
struct MethodCall {
    const char* action;
    std::function<std::string(ReferralSite&, const std::string& who, const v1::Referral&,
                              const std::string& etag)>
        call;
};
template <class Req>
MethodCall method(const char* name, std::function<void(Req&)> fill = {}) {
    return {name, [name, fill](ReferralSite& site, const std::string& who, const v1::Referral& r,
                               const std::string& etag) {
                Req request = on<Req>(r);
                request.set_etag(etag);
                if (fill) fill(request);
                return site.refusal(who, name, request);
            }};
}
template <class Req>
MethodCall with_reason(const char* name) {
    return method<Req>(name, [](Req& r) { r.set_reason_code("OTHER"); });
}

std::vector<MethodCall> methods() {
    return {
        method<v1::UpdateDraftRequest>(
            "UpdateDraft", [](auto& r) { *r.mutable_content() = ReferralSite::content(); }),
        method<v1::DiscardDraftRequest>("DiscardDraft"),
        method<v1::SubmitReferralRequest>("SubmitReferral"),
        method<v1::AcceptReferralRequest>("AcceptReferral"),
        method<v1::RequestInformationRequest>("RequestInformation"),
        method<v1::ProvideInformationRequest>("ProvideInformation"),
        method<v1::ReturnAdviceRequest>("ReturnAdvice"),
        with_reason<v1::RejectReferralRequest>("RejectReferral"),
        with_reason<v1::WithdrawReferralRequest>("WithdrawReferral"),
        with_reason<v1::CancelReferralRequest>("CancelReferral"),
        method<v1::ResubmitReferralRequest>(
            "ResubmitReferral", [](auto& r) { *r.mutable_content() = ReferralSite::content(); }),
        method<v1::WaitlistReferralRequest>("WaitlistReferral"),
        method<v1::BookReferralRequest>("BookReferral", [](auto& r) { r.set_hold_id("h"); }),
        method<v1::RebookReferralRequest>("RebookReferral", [](auto& r) { r.set_hold_id("h"); }),
        with_reason<v1::CancelBookingRequest>("CancelBooking"),
        method<v1::RecordArrivalRequest>("RecordArrival"),
        method<v1::StartCareRequest>("StartCare", [](auto& r) { r.set_encounter_ref("e"); }),
        method<v1::CompleteReferralRequest>("CompleteReferral", [](auto& r) { r.mutable_reply(); }),
        method<v1::ProposeDownRequest>("ProposeDown", [](auto& r) { r.set_plan_document_id("p"); }),
        method<v1::AnswerDownRequest>("AnswerDown"),
        method<v1::RecordFollowUpRequest>("RecordFollowUp", [](auto& r) { r.set_visit_id("v"); }),
        method<v1::CloseReferralRequest>("CloseReferral"),
    };
}

// The names of the refusals that say "not now" or "not you".
bool is_refused_by_state(const std::string& reason) {
    return reason == "STATE_TRANSITION_NOT_ALLOWED" || reason == "AUTH_RECORD_ACCESS_DENIED" ||
           reason == "TASK_NOT_OPEN" || reason == "BOOKING_NOT_DUE";
}

TEST_P(Model, F03AllowedActionsAreExactlyWhatTheStateLetsThrough) {
    const auto calls = methods();
    for (const auto& state : domain::kStates) {
        const v1::Referral r = in(state.value);
        for (const std::string who : {"B1", "H1"}) {
            const bool party = who == "B1" || r.tasks_size() > 0;
            std::set<std::string> allowed;
            if (party) {
                const v1::Referral seen = site_.get(who, r.referral_id());
                allowed.insert(seen.allowed_actions().begin(), seen.allowed_actions().end());
            }
            for (const MethodCall& call : calls) {
                const auto where = std::string(state.text) + " " + who + " " + call.action;
                if (allowed.contains(call.action)) {
                    // Let through as far as the etag, which is never the newest here.
                    EXPECT_EQ(call.call(site_, who, r, "\"999\""), "ETAG_MISMATCH") << where;
                } else {
                    const std::string reason = call.call(site_, who, r, "");
                    EXPECT_TRUE(is_refused_by_state(reason)) << where << ": " << reason;
                }
            }
        }
        EXPECT_EQ(site_.get("B1", r.referral_id()).version(), r.version()) << state.text;
    }
}

}  // namespace
}  // namespace yilian::referrals::testing
