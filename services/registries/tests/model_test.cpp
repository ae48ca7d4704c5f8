#include <functional>
#include <set>

#include "libs/calendar/local_time.h"
#include "libs/lifecycle/walk.h"
#include "services/registries/domain/enrolment_table.h"
#include "services/registries/tests/service_fixture.h"

// The transition table against the real service: walks that take every row from each of its states
// to each of its targets; on the way everything else is refused and changes nothing, and what is
// answered as allowed is let through.
namespace yilian::registries::testing {
namespace {

using domain::EnrolmentAction;
using domain::EnrolmentState;

// One walk: a resident with one enrolment, cared for by B1 until B2 takes over.
class Walker {
  public:
    Walker(RegistrySite& site, std::string resident_id)
        : site_(site), resident_(std::move(resident_id)) {
        site_.resident(resident_);
    }
    // Takes the step with true guards; the enrolment is then in its target state.
    void take(const lifecycle::Step& step);
    // Every method from here: let through as far as the etag where it is allowed, else refused.
    void try_everything();

  private:
    template <class Req>
    Req on() const {
        Req r;
        r.set_enrolment_id(id_);
        return r;
    }
    template <class Req>
    void change(const Req& request) {
        now_ = site_.ok<v1::Enrolment>(who(), request);
    }
    void later(int days) {
        const auto day = calendar::local_date(site_.app().clock().now()).plus_days(days);
        site_.clock(day.text() + "T09:00:00");
    }
    [[nodiscard]] std::string today(int offset = 0) const {
        return calendar::local_date(site_.app().clock().now()).plus_days(offset).text();
    }
    [[nodiscard]] const Who& who() const {
        return now_.institution_id() == "B2" ? kOtherDoctor : kDoctor;
    }
    [[nodiscard]] std::string elsewhere() const {
        return now_.institution_id() == "B2" ? "B1" : "B2";
    }
    void create(const lifecycle::Step& step);
    void import();
    void record_visit() {
        auto visit = site_.visit(resident_, today(), 120 + (++visits_ % 9), 80);
        site_.ok<v1::Visit>(who(), visit);
        last_visit_ = visit.visit_id();
    }
    void void_visit() {
        if (last_visit_.empty()) record_visit();
        v1::VoidVisitRequest r;
        r.set_visit_id(last_visit_);
        r.set_reason_code("WRONG");
        site_.ok<v1::Visit>(who(), r);
        last_visit_.clear();
    }
    void pause() {
        auto r = on<v1::SuspendEnrolmentRequest>();
        r.set_reason_code("AWAY");
        r.set_until_on(today(1000));
        change(r);
    }
    void move() {
        auto r = on<v1::MoveEnrolmentRequest>();
        r.set_to_institution_id(elsewhere());
        change(r);
    }
    void accept_transfer() {
        const bool back = now_.institution_id() == "B2";
        auto r = on<v1::AcceptTransferRequest>();
        r.set_team_id(back ? "t" : "u");
        now_ = site_.ok<v1::Enrolment>(back ? kDoctor : kOtherDoctor, r);
    }
    void end_or_refuse(EnrolmentAction action);
    [[nodiscard]] v1::Enrolment read() const {
        v1::GetEnrolmentsRequest r;
        r.set_resident_id(resident_);
        return site_.ok<v1::GetEnrolmentsResponse>(who(), r).enrolments(0);
    }

    RegistrySite& site_;
    std::string resident_;
    std::string id_;
    v1::Enrolment now_;
    std::string last_visit_;
    int visits_ = 0;
};

void Walker::import() {
    v1::ImportEnrolmentsRequest r;
    r.set_batch_id("batch-" + resident_);
    auto* row = r.add_rows();
    row->set_enrolment_id(id_);
    row->set_resident_id(resident_);
    row->set_disease_code("hypertension");
    row->set_institution_id("B1");
    row->set_team_id("t");
    row->set_confirmed_on("2024-06-01");
    row->set_source("old-registry");
    EXPECT_EQ(site_.ok<common::v1::ImportReport>(kRegistrar, r).accepted_count(), 1);
}

void Walker::create(const lifecycle::Step& step) {
    id_ = site_.next_id();
    switch (static_cast<EnrolmentAction>(step.row->action)) {
        case EnrolmentAction::kRegister: {
            v1::RegisterCandidateRequest r;
            r.set_enrolment_id(id_);
            r.set_resident_id(resident_);
            r.set_disease_code("hypertension");
            return change(r);
        }
        case EnrolmentAction::kImport:
            return import();
        default: {
            auto r = site_.confirmation(resident_);
            r.set_enrolment_id(id_);
            return change(r);
        }
    }
}

void Walker::end_or_refuse(EnrolmentAction action) {
    if (action == EnrolmentAction::kReject) {
        auto r = on<v1::RejectDiagnosisRequest>();
        r.set_reason_code("NO_DISEASE");
        change(r);
    } else if (action == EnrolmentAction::kClose) {
        auto r = on<v1::CloseEnrolmentRequest>();
        r.set_reason_code("REVOKED");
        change(r);
    } else if (action == EnrolmentAction::kRefuse) {
        auto r = on<v1::RefuseEnrolmentRequest>();
        r.set_document_id("doc-2");
        change(r);
    } else if (action == EnrolmentAction::kAgree) {
        auto r = on<v1::ReturnEnrolmentRequest>();
        r.set_consent_document_id("doc-3");
        change(r);
    } else {
        site_.died(resident_, today());
    }
}

void Walker::take(const lifecycle::Step& step) {
    const auto action = static_cast<EnrolmentAction>(step.row->action);
    if (step.row->creates) {
        create(step);
    } else {
        switch (action) {
            case EnrolmentAction::kRequestConfirmation: {
                auto r = on<v1::RequestConfirmationRequest>();
                r.set_via(v1::CONFIRMATION_VIA_VISIT);
                change(r);
                break;
            }
            case EnrolmentAction::kConfirm: {
                auto r = on<v1::ConfirmEnrolmentRequest>();
                r.set_evidence_ref("encounter-1");
                r.set_consent_document_id("doc-1");
                change(r);
                break;
            }
            case EnrolmentAction::kRecordVisit:
            case EnrolmentAction::kReturn:
                record_visit();
                break;
            case EnrolmentAction::kVoidVisit:
                void_visit();
                break;
            case EnrolmentAction::kSuspend:
                pause();
                break;
            case EnrolmentAction::kResume:
                change(on<v1::ResumeEnrolmentRequest>());
                break;
            case EnrolmentAction::kLose:
                later(367);
                break;
            case EnrolmentAction::kMove:
                move();
                break;
            case EnrolmentAction::kAcceptTransfer:
                accept_transfer();
                break;
            case EnrolmentAction::kMoveLapses:
                later(90);
                break;
            default:
                end_or_refuse(action);
        }
    }
    now_ = read();
    EXPECT_EQ(
        v1::EnrolmentState_Name(now_.state()),
        "ENROLMENT_STATE_" + std::string(domain::name_of(static_cast<EnrolmentState>(step.to))))
        << "row " << step.row->number;
}

// Calls a method of an enrolment with a request that passes validation; answers its reason.
using MethodCall = std::function<std::string(RegistrySite&, const Who&, const v1::Enrolment&,
                                             const std::string& etag)>;
template <class Req>
MethodCall method(std::function<void(Req&)> fill = {}) {
    return [fill](RegistrySite& site, const Who& who, const v1::Enrolment& e,
                  const std::string& etag) {
        Req r;
        r.set_enrolment_id(e.enrolment_id());
        r.set_etag(etag);
        if (fill) fill(r);
        return site.refusal<v1::Enrolment>(who, r);
    };
}

std::map<std::string, MethodCall> methods(const std::string& today, const std::string& elsewhere) {
    const auto with_reason = [](auto& r) { r.set_reason_code("OTHER"); };
    return {
        {"RequestConfirmation", method<v1::RequestConfirmationRequest>(
                                    [](auto& r) { r.set_via(v1::CONFIRMATION_VIA_VISIT); })},
        {"RejectDiagnosis", method<v1::RejectDiagnosisRequest>(with_reason)},
        {"ConfirmEnrolment", method<v1::ConfirmEnrolmentRequest>([](auto& r) {
             r.set_evidence_ref("e");
             r.set_consent_document_id("d");
         })},
        {"SuspendEnrolment", method<v1::SuspendEnrolmentRequest>([today](auto& r) {
             r.set_reason_code("AWAY");
             r.set_until_on(today);
         })},
        {"ResumeEnrolment", method<v1::ResumeEnrolmentRequest>()},
        {"MoveEnrolment", method<v1::MoveEnrolmentRequest>(
                              [elsewhere](auto& r) { r.set_to_institution_id(elsewhere); })},
        {"AcceptTransfer", method<v1::AcceptTransferRequest>([](auto& r) { r.set_team_id("t"); })},
        {"RefuseEnrolment",
         method<v1::RefuseEnrolmentRequest>([](auto& r) { r.set_document_id("d"); })},
        {"ReturnEnrolment",
         method<v1::ReturnEnrolmentRequest>([](auto& r) { r.set_consent_document_id("d"); })},
        {"CloseEnrolment", method<v1::CloseEnrolmentRequest>(with_reason)},
    };
}

void Walker::try_everything() {
    const std::set<std::string> allowed(now_.allowed_actions().begin(),
                                        now_.allowed_actions().end());
    const std::string state = v1::EnrolmentState_Name(now_.state());
    for (const auto& [name, call] : methods(today(), elsewhere())) {
        if (allowed.contains(name)) {
            EXPECT_EQ(call(site_, who(), now_, "\"999\""), "ETAG_MISMATCH") << state << " " << name;
        } else {
            const std::string reason = call(site_, who(), now_, "");
            const bool other = name == "AcceptTransfer" && reason == "AUTH_RECORD_ACCESS_DENIED";
            EXPECT_TRUE(other || reason == "STATE_TRANSITION_NOT_ALLOWED")
                << state << " " << name << ": " << reason;
        }
    }
    if (!allowed.contains("RecordVisit")) {
        EXPECT_EQ(site_.refusal<v1::Visit>(who(), site_.visit(resident_, today(), 133, 83)),
                  "ENROLMENT_NOT_FOUND")
            << state;
    }
    EXPECT_EQ(read().etag(), now_.etag()) << state << ": a refusal changes nothing";
}

class Model : public Service {};
YILIAN_ON_SQLITE(Model);

TEST_P(Model, EveryRowIsTakenFromEachOfItsStatesToEachOfItsTargets) {
    const lifecycle::Model model = domain::kEnrolmentLifecycle.model();
    const auto walks = lifecycle::covering_walks(model);
    std::set<int> tried;
    std::set<int> rows;
    int number = 0;
    for (const lifecycle::Walk& walk : walks) {
        SCOPED_TRACE(lifecycle::text(model, walk));
        Walker walker(site_, "w" + std::to_string(++number));
        for (const lifecycle::Step& step : walk) {
            walker.take(step);
            rows.insert(step.row->number);
            if (tried.insert(step.to).second) walker.try_everything();
        }
    }
    EXPECT_EQ(rows.size(), model.rows.size());
    EXPECT_EQ(tried.size(), model.states.size());
}

}  // namespace
}  // namespace yilian::registries::testing
