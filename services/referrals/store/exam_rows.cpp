#include "services/referrals/store/exam_rows.h"

#include "services/referrals/store/exam_queries.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::referrals::store {
namespace {

using domain::exam::Action;
using domain::exam::Critical;
using domain::exam::Order;
using domain::exam::Report;
using events::EventDraft;
using storage::Blob;
using storage::Row;
using storage::Transaction;

template <class Msg>
EventDraft of_order(const ExamContext& context, const Order& order, Instant at) {
    Msg m;
    *m.mutable_context() = context;
    m.set_order_id(order.order_id);
    m.set_resident_id(order.resident_id);
    m.set_item_code(order.item_code);
    m.set_base_institution_id(order.base_institution_id);
    m.set_centre_id(order.centre_id);
    set_time(m.mutable_at(), at);
    return events::make_event(m);
}

template <class Msg>
EventDraft of_critical(const ExamContext& context, const Critical& critical, Instant at) {
    Msg m;
    *m.mutable_context() = context;
    m.set_critical_id(critical.critical_id);
    m.set_order_id(critical.order_id);
    m.set_resident_id(critical.resident_id);
    m.set_item_code(critical.item_code);
    set_time(m.mutable_at(), at);
    return events::make_event(m);
}

}  // namespace

std::optional<StoredSite> exam_site(Transaction& tx, std::string_view institution_id) {
    const auto row = tx.select_one(kExamSite, institution_id);
    if (!row) return std::nullopt;
    return StoredSite{parsed<v1::ExamSite>(row->bytes(0)), row->i64(1)};
}

void save(Transaction& tx, const StoredSite& site) {
    expect_saved(tx.run(kSaveExamSite, site.message.institution_id(),
                        Blob{site.message.SerializeAsString()}, site.changes));
}

std::optional<Order> exam(Transaction& tx, std::string_view order_id) {
    const auto row = tx.select_one(kExam, order_id);
    if (!row) return std::nullopt;
    Order o;
    o.order_id = row->text(0);
    o.resident_id = row->text(1);
    o.base_institution_id = row->text(2);
    o.centre_id = row->text(3);
    o.item_code = row->text(4);
    o.priority = domain::named<domain::ExamPriority>(row->text(5));
    o.ordering_practitioner_id = row->text(6);
    o.device_id = row->text(7);
    o.referral_id = row->text(8);
    o.channel_case_id = row->text(9);
    o.chest_pain = row->flag(10);
    o.state = *domain::exam::kLifecycle.state_named(row->text(11));
    o.reason_code = row->text(12);
    o.reader_id = row->text(13);
    o.ordered_at = row->instant(14);
    o.acquired_at = row->opt_instant(15);
    o.uploaded_at = row->opt_instant(16);
    o.report_due_at = row->opt_instant(17);
    o.reported_at = row->opt_instant(18);
    o.document_id = row->text(19);
    o.changes = row->i64(20);
    for (const Row& r : tx.select(kExamReports, order_id)) {
        o.reports.push_back({r.text(0), static_cast<std::int32_t>(r.i64(1)), r.text(2), r.text(3),
                             r.instant(4), r.opt_instant(5), r.flag(6), r.text(7), r.bytes(8)});
    }
    return o;
}

void save(Transaction& tx, const Order& o) {
    expect_saved(tx.run(kSaveExam, o.order_id, o.resident_id, o.base_institution_id, o.centre_id,
                        o.item_code, domain::name_of(o.priority), o.ordering_practitioner_id,
                        o.device_id, o.referral_id, o.channel_case_id, o.chest_pain,
                        domain::exam::name_of(o.state), o.reason_code, o.reader_id, o.ordered_at,
                        o.acquired_at, o.uploaded_at, o.report_due_at, o.reported_at, o.document_id,
                        o.changes));
}

void save(Transaction& tx, std::string_view order_id, const Report& r) {
    expect_saved(tx.run(kSaveExamReport, order_id, std::int64_t{r.version}, r.report_id, r.read_by,
                        r.verified_by, r.reported_at, r.signed_at, r.passed, r.mark,
                        Blob{r.stored}));
}

std::vector<StoredPrior> priors(Transaction& tx, std::string_view resident_id,
                                std::string_view item_code, Instant since, Instant until) {
    std::vector<StoredPrior> found;
    for (const Row& row : tx.select(kPriorReports, resident_id, item_code, since, until)) {
        found.push_back(
            {{row.text(0), row.text(1), row.text(2), row.instant(3), row.flag(4), row.text(5)},
             row.text(6)});
    }
    return found;
}

void add(Transaction& tx, const RecognitionRow& r) {
    tx.run(kAddDecision, r.decision_id, r.item_code, r.resident_id, r.institution_id, r.order_id,
           r.decision.prior_report_id, domain::name_of(r.decision.outcome), r.decision.reason_code,
           r.decided_by, r.decided_at);
}

std::optional<Critical> critical(Transaction& tx, std::string_view critical_id) {
    const auto row = tx.select_one(kCritical, critical_id);
    if (!row) return std::nullopt;
    Critical c;
    c.critical_id = row->text(0);
    c.order_id = row->text(1);
    c.resident_id = row->text(2);
    c.item_code = row->text(3);
    c.base_institution_id = row->text(4);
    c.centre_id = row->text(5);
    c.state = domain::named<domain::CriticalState>(row->text(6));
    c.duty = domain::named<domain::CriticalDuty>(row->text(7));
    c.raised_at = row->instant(8);
    c.notified_at = row->opt_instant(9);
    c.acknowledged_by = row->text(10);
    c.acknowledged_at = row->opt_instant(11);
    c.treatment_code = row->text(12);
    c.treated_at = row->opt_instant(13);
    c.closed_at = row->opt_instant(14);
    c.changes = row->i64(15);
    return c;
}

void save(Transaction& tx, const Critical& c) {
    expect_saved(tx.run(kSaveCritical, c.critical_id, c.order_id, c.resident_id, c.item_code,
                        c.base_institution_id, c.centre_id, domain::name_of(c.state),
                        domain::name_of(c.duty), c.raised_at, c.notified_at, c.acknowledged_by,
                        c.acknowledged_at, c.treatment_code, c.treated_at, c.closed_at, c.changes));
}

EventDraft exam_event(Action action, const ExamContext& context, const Order& order, Instant at) {
    switch (action) {
        case Action::kOrder:
            return of_order<v1::ExamOrdered>(context, order, at);
        case Action::kAcquire:
            return of_order<v1::ExamAcquired>(context, order, at);
        case Action::kUpload:
            return of_order<v1::ExamUploaded>(context, order, at);
        case Action::kAssign:
            return of_order<v1::ExamAssigned>(context, order, at);
        case Action::kRepeat:
            return of_order<v1::ExamRepeatRequested>(context, order, at);
        case Action::kReport:
            return of_order<v1::ExamReported>(context, order, at);
        case Action::kVerify:
            return of_order<v1::ExamVerified>(context, order, at);
        case Action::kDeliver:
            return of_order<v1::ExamDelivered>(context, order, at);
        case Action::kAmend:
            return of_order<v1::ExamAmended>(context, order, at);
        case Action::kCancel:
            return of_order<v1::ExamCancelled>(context, order, at);
        case Action::kStart:
        case Action::kSign:
            break;
    }
    invariant_broken("referrals: this step of an examination has another event or none", __FILE__,
                     __LINE__);
}

EventDraft exam_signed(const ExamContext& context, const Order& order) {
    const Report& report = *order.latest();
    v1::ExamSigned m;
    *m.mutable_context() = context;
    m.set_order_id(order.order_id);
    m.set_resident_id(order.resident_id);
    m.set_item_code(order.item_code);
    m.set_mark(report.mark);
    m.set_quality_result(report.passed ? "PASSED" : "FAILED");
    set_time(m.mutable_signed_at(), *report.signed_at);
    return events::make_event(m);
}

EventDraft recognition_decided(const ExamContext& context, const RecognitionRow& row) {
    v1::RecognitionDecided m;
    *m.mutable_context() = context;
    m.set_decision_id(row.decision_id);
    m.set_resident_id(row.resident_id);
    m.set_item_code(row.item_code);
    m.set_outcome(std::string(domain::name_of(row.decision.outcome)));
    m.set_reason_code(row.decision.reason_code);
    m.set_prior_age_h(row.decision.prior_age_h);
    return events::make_event(m);
}

EventDraft critical_event(CriticalEvent event, const ExamContext& context, const Critical& critical,
                          Instant at) {
    switch (event) {
        case CriticalEvent::kRaised:
            return of_critical<v1::CriticalRaised>(context, critical, at);
        case CriticalEvent::kAcknowledged:
            return of_critical<v1::CriticalAcknowledged>(context, critical, at);
        case CriticalEvent::kEscalated:
            return of_critical<v1::CriticalEscalated>(context, critical, at);
        case CriticalEvent::kClosed:
            break;
    }
    return of_critical<v1::CriticalClosed>(context, critical, at);
}

}  // namespace yilian::referrals::store
