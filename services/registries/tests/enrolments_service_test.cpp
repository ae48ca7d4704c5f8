// Enrolments through the whole service: registries.md 3, 11 and 14.
#include <set>

#include "services/registries/tests/service_fixture.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::registries::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class Enrolments : public Service {
  protected:
    template <class Req>
    Req on(const v1::Enrolment& e) {
        Req r;
        r.set_enrolment_id(e.enrolment_id());
        return r;
    }
    v1::RegisterCandidateRequest candidate(const std::string& resident_id = "r",
                                           const std::string& disease = "hypertension") {
        v1::RegisterCandidateRequest r;
        r.set_enrolment_id(site_.next_id());
        r.set_resident_id(resident_id);
        r.set_disease_code(disease);
        return r;
    }
    v1::Enrolment moved_to(const v1::Enrolment& e, const std::string& institution_id) {
        auto r = on<v1::MoveEnrolmentRequest>(e);
        r.set_to_institution_id(institution_id);
        return site_.ok<v1::Enrolment>(kDoctor, r);
    }
    directory::v1::ResidentMoved move_of(const std::string& to, bool outside = false) {
        directory::v1::ResidentMoved m;
        m.set_resident_id("r");
        m.set_from_institution_id("B1");
        m.set_to_institution_id(to);
        m.set_outside(outside);
        m.set_on("2026-01-12");
        return m;
    }
    v1::EnrolmentRow row(const std::string& resident_id,
                         const std::string& disease = "hypertension") {
        v1::EnrolmentRow r;
        r.set_enrolment_id(site_.next_id());
        r.set_resident_id(resident_id);
        r.set_disease_code(disease);
        r.set_institution_id("B1");
        r.set_confirmed_on("2024-06-01");
        r.set_source("old-registry");
        return r;
    }
    common::v1::ImportReport import(v1::ImportEnrolmentsRequest& r) {
        if (r.request_id().empty()) r.set_request_id(runtime::new_request_id());
        return site_.ok<common::v1::ImportReport>(kRegistrar, r);
    }
    std::string undo(const std::string& batch_id, const Who& who = kRegistrar) {
        v1::UndoImportRequest r;
        r.set_batch_id(batch_id);
        return site_.refusal<common::v1::UndoReport>(who, r);
    }
};
YILIAN_ON_BOTH_DRIVERS(Enrolments);

// Rows 1, 2 and 4: the candidate is confirmed where the referral brought it.
TEST_P(Enrolments, CandidateIsConfirmedByItsReferral) {
    const auto found = site_.ok<v1::Enrolment>(kNurse, candidate());
    EXPECT_EQ(found.state(), v1::ENROLMENT_STATE_CANDIDATE);
    EXPECT_EQ(found.team_id(), "t");
    EXPECT_EQ(found.next_due_on(), "");
    EXPECT_THAT(found.allowed_actions(), ElementsAre("RequestConfirmation"));
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kNurse, candidate()), "ENROLMENT_EXISTS");
    auto send = on<v1::RequestConfirmationRequest>(found);
    send.set_via(v1::CONFIRMATION_VIA_REFERRAL);
    send.set_etag("\"1\"");
    const auto sent = site_.ok<v1::Enrolment>(kDoctor, send);
    EXPECT_EQ(sent.state(), v1::ENROLMENT_STATE_CONFIRMING);
    EXPECT_EQ(site_.last_event<v1::ConfirmationRequested>("r").via(),
              v1::CONFIRMATION_VIA_REFERRAL);

    referrals::v1::ReferralCompleted completed;
    completed.set_referral_id("ref1");
    completed.set_resident_id("r");
    completed.add_diagnosis_codes("I10.x05");
    site_.fact(completed);
    EXPECT_EQ(site_.enrolment("r").confirmation_ref(), "ref1");
    auto confirm = on<v1::ConfirmEnrolmentRequest>(found);
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kHospital, confirm), "CONSENT_MISSING");
    confirm.set_consent_document_id("doc-1");
    const auto active = site_.ok<v1::Enrolment>(kHospital, confirm);
    EXPECT_EQ(active.state(), v1::ENROLMENT_STATE_ACTIVE);
    EXPECT_EQ(active.confirmed_by(), "doctor-1");
    EXPECT_EQ(active.institution_id(), "B1");
    EXPECT_THAT(site_.events("r"),
                ElementsAre("enrolment.candidate_found", "enrolment.confirmation_requested",
                            "enrolment.confirmed"));
}

TEST_P(Enrolments, NewOnesAreRefusedWithTheirReason) {
    const auto refused = [&](const v1::ConfirmEnrolmentRequest& r, const Who& who = kDoctor) {
        return site_.refusal<v1::Enrolment>(who, r);
    };
    const auto good = site_.confirmation("r");
    EXPECT_EQ(refused(site_.confirmation("nobody")), "RESIDENT_NOT_FOUND");
    EXPECT_EQ(refused(site_.confirmation("r", "gout")), "DISEASE_NOT_ENABLED");
    auto confirm = good;
    confirm.clear_evidence_ref();
    EXPECT_EQ(refused(confirm), "EVIDENCE_MISSING");
    confirm = good;
    confirm.clear_consent_document_id();
    EXPECT_EQ(refused(confirm), "CONSENT_MISSING");
    confirm = good;
    confirm.set_confirmed_on("2026-01-13");
    EXPECT_EQ(refused(confirm), "FIELD_RANGE");
    EXPECT_EQ(refused(good, {"B1", "stranger", {"doctor"}}), "DOCTOR_NOT_QUALIFIED");
    EXPECT_EQ(refused(good, {"B2", "gp-1", {"doctor"}}), "DOCTOR_NOT_QUALIFIED");
    EXPECT_EQ(refused(good, {"B1", "nurse-1", {"nurse"}}), "AUTH_NOT_ALLOWED");
    site_.ok<v1::Enrolment>(kDoctor, good);
    EXPECT_EQ(refused(site_.confirmation("r")), "ENROLMENT_EXISTS");
    site_.resident("r2");
    site_.died("r2", "2026-01-10");
    EXPECT_EQ(refused(site_.confirmation("r2")), "RESIDENT_DECEASED");
    EXPECT_THAT(site_.events("r2"), IsEmpty());
}

TEST_P(Enrolments, BelongToTheContractTheTeamOrTheCaller) {
    EXPECT_EQ(site_.ok<v1::Enrolment>(kHospital, candidate()).institution_id(), "B1");
    site_.resident("r2");
    auto named = candidate("r2");
    named.set_team_id("u");
    EXPECT_EQ(site_.ok<v1::Enrolment>(kHospital, named).institution_id(), "B2");
    const auto own = site_.ok<v1::Enrolment>(kDoctor, candidate("r2", "diabetes_t2"));
    EXPECT_EQ(own.institution_id(), "B1");
    EXPECT_EQ(own.team_id(), "");
}

TEST_P(Enrolments, AllFieldViolationsAtOnce) {
    v1::ConfirmEnrolmentRequest bad;
    bad.set_enrolment_id("a b");
    bad.set_etag("7");
    bad.set_confirmed_on("2026-02-30");
    bad.set_team_id("?");
    const auto answer = site_.call<v1::Enrolment>(kDoctor, bad);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().reason, "FIELD_INVALID");
    EXPECT_THAT(answer.error().violations,
                ElementsAre(Pair("enrolment_id", "FIELD_FORMAT"), Pair("etag", "FIELD_FORMAT"),
                            Pair("team_id", "FIELD_FORMAT"), Pair("confirmed_on", "FIELD_FORMAT")));
    v1::SuspendEnrolmentRequest pause;
    const auto second = site_.call<v1::Enrolment>(kDoctor, pause);
    ASSERT_FALSE(second.ok());
    EXPECT_THAT(second.error().violations,
                ElementsAre(Pair("enrolment_id", "FIELD_REQUIRED"),
                            Pair("reason_code", "FIELD_REASON_CODE_INVALID"),
                            Pair("until_on", "FIELD_REQUIRED")));
}

TEST_P(Enrolments, ResendGetsTheSameAnswerAndOneEnrolment) {
    auto confirm = site_.confirmation("r");
    confirm.set_request_id(runtime::new_request_id());
    const auto first = site_.ok<v1::Enrolment>(kDoctor, confirm);
    EXPECT_EQ(site_.ok<v1::Enrolment>(kDoctor, confirm).SerializeAsString(),
              first.SerializeAsString());
    confirm.set_evidence_ref("other");
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kDoctor, confirm), "ID_REUSED");
    EXPECT_THAT(site_.events("r"), ElementsAre("enrolment.confirmed"));
}

TEST_P(Enrolments, PauseEndsAfterItsLastDayOrByAVisit) {
    const auto e = site_.enrolled("r");
    auto pause = on<v1::SuspendEnrolmentRequest>(e);
    pause.set_reason_code("IN_HOSPITAL");
    pause.set_until_on("2026-01-11");
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kDoctor, pause), "FIELD_RANGE");
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kOtherDoctor, pause), "AUTH_RECORD_ACCESS_DENIED");
    pause.set_until_on("2026-01-31");
    const auto paused = site_.ok<v1::Enrolment>(kDoctor, pause);
    EXPECT_EQ(paused.state(), v1::ENROLMENT_STATE_SUSPENDED);
    EXPECT_EQ(paused.suspended_until(), "2026-01-31");
    site_.clock("2026-01-31T23:59:59");
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_SUSPENDED);
    site_.clock("2026-02-01T00:00:00");
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_ACTIVE);
    pause.set_until_on("2026-02-28");
    site_.ok<v1::Enrolment>(kDoctor, pause);
    site_.visited("r", "2026-02-01", 130, 80);
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_ACTIVE);
    EXPECT_EQ(site_.enrolment("r").suspended_until(), "");
    EXPECT_THAT(site_.events("r"),
                ElementsAre("enrolment.confirmed", "enrolment.suspended", "enrolment.resumed",
                            "enrolment.suspended", "visit.recorded", "enrolment.resumed",
                            "visit.classified"));
}

// Row 10, and row 11 back.
TEST_P(Enrolments, G22LostAfterTwelveMonthsWithoutAVisit) {
    RegistrySite site(GetParam(), "350104", "2025-05-31T09:00:00+08:00");
    site.people_and_places();
    site.resident("r");
    site.enrolled("r");
    site.visited("r", "2025-05-31", 130, 80);
    site.clock("2026-05-31T23:59:59");
    EXPECT_EQ(site.enrolment("r").state(), v1::ENROLMENT_STATE_ACTIVE);
    site.clock("2026-06-01T00:00:00");
    EXPECT_EQ(site.enrolment("r").state(), v1::ENROLMENT_STATE_LOST);
    EXPECT_EQ(site.last_event<v1::EnrolmentLost>("r").effective_on(), "2026-06-01");
    EXPECT_EQ(site.last_event<v1::EnrolmentLost>("r").context().actor_kind(), "SYSTEM");
    site.visited("r", "2026-06-01", 132, 80);
    EXPECT_EQ(site.enrolment("r").state(), v1::ENROLMENT_STATE_ACTIVE);
    EXPECT_THAT(site.events("r"), Contains("enrolment.returned"));
    EXPECT_THAT(site.violations(), IsEmpty());
}

// A timer that came due while the service stood still fires after the start.
TEST_P(Enrolments, ComeBackWithTheirTimersAfterARestart) {
    site_.enrolled("r");
    site_.restart();
    site_.clock("2027-01-13T00:00:00");
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_LOST);
}

TEST_P(Enrolments, DeathEndsEverythingThatIsOpen) {
    site_.enrolled("r");
    site_.visited("r", "2026-01-12", 150, 92);
    site_.ok<v1::Enrolment>(kDoctor, candidate("r", "copd"));
    const auto paused = site_.enrolled("r", "diabetes_t2");
    auto pause = on<v1::SuspendEnrolmentRequest>(paused);
    pause.set_reason_code("AWAY");
    pause.set_until_on("2026-03-01");
    site_.ok<v1::Enrolment>(kDoctor, pause);
    site_.died("r", "2026-01-12");
    v1::GetEnrolmentsRequest get;
    get.set_resident_id("r");
    const auto answer = site_.ok<v1::GetEnrolmentsResponse>(kDoctor, get);
    EXPECT_EQ(answer.enrolments_size(), 3);
    for (const auto& e : answer.enrolments()) {
        EXPECT_EQ(e.state(), v1::ENROLMENT_STATE_CLOSED);
        EXPECT_EQ(e.next_due_on(), "");
        EXPECT_EQ(e.reason_code(), "DIED");
        EXPECT_THAT(e.allowed_actions(), IsEmpty());
    }
    EXPECT_THAT(site_.action_lines("r"), ElementsAre("ADJUST 2026-01-26 CLOSED"));
    site_.clock("2027-06-01T00:00:00");
    EXPECT_EQ(site_.last_event<v1::EnrolmentClosed>("r").effective_on(), "2026-01-12");
    static constexpr storage::Query kTimers{"test.timers", "SELECT count(*) FROM timers"};
    EXPECT_EQ(site_.number(kTimers), 0);
}

// Rows 12 and 13 by the people who care.
TEST_P(Enrolments, MovedOnesAreTakenOverWithTheirHistory) {
    const auto e = site_.enrolled("r");
    const auto visit = site_.visited("r", "2026-01-12", 150, 92);
    auto wrong = on<v1::MoveEnrolmentRequest>(e);
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kDoctor, wrong), "TARGET_NOT_FOUND");
    wrong.set_to_institution_id("B9");
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kDoctor, wrong), "TARGET_NOT_FOUND");
    wrong.set_to_institution_id("B1");
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kDoctor, wrong), "TARGET_NOT_FOUND");
    EXPECT_EQ(moved_to(e, "B2").state(), v1::ENROLMENT_STATE_MOVED);
    EXPECT_EQ(site_.last_event<v1::EnrolmentMoved>("r").to_institution_id(), "B2");

    auto accept = on<v1::AcceptTransferRequest>(e);
    accept.set_team_id("t");
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kDoctor, accept), "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kOtherDoctor, accept), "TARGET_NOT_FOUND");
    accept.set_team_id("u");
    v1::GetEnrolmentsRequest get;
    get.set_resident_id("r");
    EXPECT_THAT(
        site_.ok<v1::GetEnrolmentsResponse>(kOtherDoctor, get).enrolments(0).allowed_actions(),
        ElementsAre("AcceptTransfer"));
    const auto taken = site_.ok<v1::Enrolment>(kOtherDoctor, accept);
    EXPECT_EQ(taken.state(), v1::ENROLMENT_STATE_ACTIVE);
    EXPECT_EQ(taken.institution_id(), "B2");
    EXPECT_EQ(taken.team_id(), "u");
    EXPECT_EQ(taken.unsatisfied_run(), 1) << "history goes with it";
    EXPECT_EQ(site_.last_event<v1::EnrolmentTransferred>("r").from_institution_id(), "B1");
    v1::GetVisitRequest old;
    old.set_visit_id(visit.visit_id());
    EXPECT_EQ(site_.ok<v1::Visit>(kOtherDoctor, old).visit_id(), visit.visit_id());
    auto next = site_.visit("r", "2026-01-12", 148, 90);
    EXPECT_EQ(site_.ok<v1::Visit>(kOtherDoctor, next).classifications(0).unsatisfied_run(), 2);
}

// Row 12 by the register of residents, row 14.
TEST_P(Enrolments, MoveOfTheResidentLapsesAfterNinetyDays) {
    site_.enrolled("r");
    site_.fact(move_of("B2"));
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_MOVED);
    site_.fact(move_of("B2"));
    site_.clock("2026-04-11T23:59:59");
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_MOVED);
    site_.clock("2026-04-12T00:00:00");
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_CLOSED);
    EXPECT_EQ(site_.enrolment("r").next_due_on(), "");
}

TEST_P(Enrolments, MoveOutsideEndsAtOnce) {
    site_.enrolled("r");
    site_.fact(move_of("", true));
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_CLOSED);
    EXPECT_EQ(site_.enrolment("r").reason_code(), "MOVED_OUTSIDE");
    EXPECT_THAT(site_.events("r"),
                ElementsAre("enrolment.confirmed", "enrolment.moved", "enrolment.closed"));
}

TEST_P(Enrolments, MoveToWhereItIsCaredForChangesNothing) {
    site_.enrolled("r");
    site_.fact(move_of("B1"));
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_ACTIVE);
}

TEST_P(Enrolments, FollowTheTeamOfTheContract) {
    site_.enrolled("r");
    site_.visited("r", "2026-01-12", 150, 92);
    directory::v1::TeamCreated team;
    team.set_team_id("t2");
    team.set_institution_id("B1");
    site_.fact(team);
    site_.contract("r", "t2", "B1");
    EXPECT_EQ(site_.enrolment("r").team_id(), "t2");
    EXPECT_EQ(site_.actions("r").front().team_id(), "t2");
    site_.contract("r", "u", "B2");
    EXPECT_EQ(site_.enrolment("r").team_id(), "t2") << "another institution takes over by transfer";
}

TEST_P(Enrolments, RefusingOnesMayAgreeAgain) {
    const auto e = site_.enrolled("r");
    auto refuse = on<v1::RefuseEnrolmentRequest>(e);
    refuse.set_document_id("doc-2");
    EXPECT_EQ(site_.ok<v1::Enrolment>(kDoctor, refuse).state(), v1::ENROLMENT_STATE_REFUSED);
    EXPECT_EQ(site_.refusal<v1::Visit>(kDoctor, site_.visit("r", "2026-01-12", 130, 80)),
              "ENROLMENT_NOT_FOUND");
    auto agree = on<v1::ReturnEnrolmentRequest>(e);
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kDoctor, agree), "CONSENT_MISSING");
    agree.set_consent_document_id("doc-3");
    EXPECT_EQ(site_.ok<v1::Enrolment>(kDoctor, agree).state(), v1::ENROLMENT_STATE_ACTIVE);
}

TEST_P(Enrolments, AnImportKeepsGoodRowsAndNamesBadOnes) {
    for (const char* id : {"r1", "r2", "r3"}) site_.resident(id);
    v1::ImportEnrolmentsRequest request;
    request.set_batch_id("b1");
    *request.add_rows() = row("r1");
    *request.add_rows() = row("r2");
    request.mutable_rows(1)->set_confirmed_on("2024-02-30");
    request.mutable_rows(1)->clear_source();
    *request.add_rows() = row("nobody");
    *request.add_rows() = row("r1");
    *request.add_rows() = request.rows(0);
    *request.add_rows() = row("r3", "gout");
    *request.add_rows() = row("r3", "diabetes_t2");
    *request.add_rows() = row("r2");
    request.mutable_rows(7)->set_team_id("u");
    request.set_dry_run(true);
    const auto tried = import(request);
    request.set_dry_run(false);
    request.set_request_id(runtime::new_request_id());
    const auto report = import(request);
    EXPECT_EQ(report.row_count(), 8);
    EXPECT_EQ(report.accepted_count(), 2);
    EXPECT_EQ(report.unchanged_count(), 1);
    EXPECT_EQ(report.refused_count(), 5);
    std::vector<std::string> refusals;
    for (const auto& r : report.refusals()) {
        refusals.push_back(std::to_string(r.row_index()) + " " + r.field() + " " + r.reason());
    }
    EXPECT_THAT(refusals, ElementsAre("1 confirmed_on FIELD_FORMAT", "1 source FIELD_REQUIRED",
                                      "2  RESIDENT_NOT_FOUND", "3  ENROLMENT_EXISTS",
                                      "5  DISEASE_NOT_ENABLED", "7  TARGET_NOT_FOUND"));
    auto as_if = tried;
    as_if.set_dry_run(false);
    EXPECT_EQ(as_if.SerializeAsString(), report.SerializeAsString()) << "a dry run foretells it";
    EXPECT_EQ(import(request).SerializeAsString(), report.SerializeAsString()) << "a resend";
    EXPECT_EQ(site_.count("enrolled_hypertension"), 1);
    const auto e = site_.enrolment("r1");
    EXPECT_EQ(e.confirmation_ref(), "old-registry");
    EXPECT_EQ(e.next_due_on(), "2024-08-30");
    // Not lost on the day it came: it counts from here on.
    site_.clock("2026-01-13T00:00:00");
    EXPECT_EQ(site_.enrolment("r1").state(), v1::ENROLMENT_STATE_ACTIVE);
    v1::ImportEnrolmentsRequest empty;
    empty.set_batch_id("b2");
    const auto refused = site_.call<common::v1::ImportReport>(kRegistrar, empty);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().violations, ElementsAre(Pair("rows", "FIELD_REQUIRED")));
    for (int i = 0; i < 501; ++i) *empty.add_rows() = request.rows(0);
    EXPECT_EQ(site_.refusal<common::v1::ImportReport>(kRegistrar, empty), "LIMIT_ROWS");
}

TEST_P(Enrolments, AnImportIsUndoneAsAWhole) {
    for (const char* id : {"r1", "r2"}) site_.resident(id);
    v1::ImportEnrolmentsRequest request;
    request.set_batch_id("b1");
    *request.add_rows() = row("r1");
    *request.add_rows() = row("r2");
    import(request);
    EXPECT_EQ(undo("b9"), "BATCH_NOT_FOUND");
    EXPECT_EQ(undo("b1", {"OTHER", "registrar-2", {"registrar"}}), "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_EQ(undo("b1"), "");
    EXPECT_EQ(undo("b1"), "BATCH_ALREADY_UNDONE");
    EXPECT_EQ(site_.enrolment("r1").state(), v1::ENROLMENT_STATE_CLOSED);
    EXPECT_EQ(site_.enrolment("r2").reason_code(), "IMPORT_UNDONE");
    EXPECT_EQ(site_.refusal<common::v1::ImportReport>(kRegistrar,
                                                      [&] {
                                                          request.clear_request_id();
                                                          return request;
                                                      }()),
              "BATCH_ALREADY_UNDONE");
    v1::ImportEnrolmentsRequest used;
    used.set_batch_id("b2");
    *used.add_rows() = row("r1");
    *used.add_rows() = row("r2");
    import(used);
    site_.visited("r2", "2026-01-12", 130, 80);
    EXPECT_EQ(undo("b2"), "BATCH_IN_USE");
    EXPECT_EQ(site_.enrolment("r1").state(), v1::ENROLMENT_STATE_ACTIVE) << "all or nothing";
}

// Where a district leaves records to those who care, others read nothing.
TEST_P(Enrolments, AreReadByThoseWhoCareAndEveryReadIsRecorded) {
    RegistrySite consent(GetParam(), "120112");
    consent.people_and_places();
    consent.resident("r");
    consent.contract("r");
    consent.enrolled("r");
    const auto visit = consent.visited("r", "2026-01-12", 150, 92);
    v1::GetEnrolmentsRequest enrolments;
    enrolments.set_resident_id("r");
    v1::ListVisitsRequest visits;
    visits.set_resident_id("r");
    v1::GetVisitRequest one;
    one.set_visit_id(visit.visit_id());
    v1::ListCareActionsRequest actions;
    actions.set_resident_id("r");
    v1::ListDueRequest due;
    due.set_team_id("t");
    due.set_until_on("2026-12-31");
    const std::string denied = "AUTH_RECORD_ACCESS_DENIED";
    EXPECT_EQ(consent.refusal<v1::GetEnrolmentsResponse>(kOtherDoctor, enrolments), denied);
    EXPECT_EQ(consent.refusal<v1::ListVisitsResponse>(kOtherDoctor, visits), denied);
    EXPECT_EQ(consent.refusal<v1::Visit>(kOtherDoctor, one), denied);
    EXPECT_EQ(consent.refusal<v1::ListCareActionsResponse>(kOtherDoctor, actions), denied);
    EXPECT_EQ(consent.refusal<v1::ListDueResponse>(kOtherDoctor, due), denied);
    actions.clear_resident_id();
    actions.set_team_id("t");
    EXPECT_EQ(consent.refusal<v1::ListCareActionsResponse>(kOtherDoctor, actions), denied);

    static constexpr storage::Query kReads{
        "test.reads",
        "SELECT count(*) FROM outbox WHERE type = 'yilian.registries.access.recorded.v1'"};
    const auto before = consent.number(kReads);
    consent.ok<v1::GetEnrolmentsResponse>(kDoctor, enrolments);
    consent.ok<v1::ListVisitsResponse>(kDoctor, visits);
    consent.ok<v1::Visit>(kDoctor, one);
    consent.ok<v1::ListCareActionsResponse>(kDoctor, actions);
    EXPECT_EQ(consent.ok<v1::ListDueResponse>(kDoctor, due).items_size(), 1);
    v1::GetControlStatusRequest status;
    status.set_resident_id("r");
    consent.ok<v1::GetControlStatusResponse>({"RX", "service:prescriptions", {"service"}}, status);
    EXPECT_EQ(consent.number(kReads), before + 6);
}

TEST_P(Enrolments, ListsArePaged) {
    for (int i = 0; i < 5; ++i) {
        const std::string id = "p" + std::to_string(i);
        site_.resident(id);
        site_.contract(id);
        site_.enrolled(id);
    }
    v1::ListDueRequest due;
    due.set_institution_id("B1");
    due.set_until_on("2026-12-31");
    due.set_page_size(2);
    std::set<std::string> seen;
    int pages = 0;
    do {
        const auto page = site_.ok<v1::ListDueResponse>(kDoctor, due);
        for (const auto& item : page.items()) EXPECT_TRUE(seen.insert(item.resident_id()).second);
        due.set_page_token(page.next_page_token());
        ++pages;
    } while (!due.page_token().empty() && pages < 10);
    EXPECT_EQ(pages, 3);
    EXPECT_EQ(seen.size(), 5U);
    for (const char* day : {"2026-01-12", "2026-01-12"})
        site_.visited("p0", day, 130 + pages++, 80);
    v1::ListVisitsRequest visits;
    visits.set_resident_id("p0");
    visits.set_page_size(1);
    const auto newest = site_.ok<v1::ListVisitsResponse>(kDoctor, visits);
    visits.set_page_token(newest.next_page_token());
    const auto oldest = site_.ok<v1::ListVisitsResponse>(kDoctor, visits);
    EXPECT_GT(newest.visits(0).visit_id(), oldest.visits(0).visit_id());
    EXPECT_EQ(oldest.next_page_token(), "");
    due.set_team_id("t");
    EXPECT_EQ(site_.refusal<v1::ListDueResponse>(kDoctor, due), "FIELD_INVALID");
}

}  // namespace
}  // namespace yilian::registries::testing
