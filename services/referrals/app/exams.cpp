#include "services/referrals/app/exams.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/runtime/command.h"
#include "libs/timers/timers.h"
#include "services/referrals/app/drafts.h"
#include "services/referrals/store/channel_rows.h"
#include "services/referrals/store/copy_rows.h"

namespace yilian::referrals::app {
namespace {

namespace exam = domain::exam;
using exam::Action;
using exam::Critical;
using exam::Order;
using exam::State;

void save_changed(Work& work, Order& order) {
    order.changes += 1;
    store::save(work.tx, order);
    work.touch("exam", order.order_id + "/" + std::to_string(order.changes));
}
void save_changed(Work& work, Critical& critical) {
    critical.changes += 1;
    store::save(work.tx, critical);
    work.touch("critical_value", critical.critical_id + "/" + std::to_string(critical.changes));
}

exam::Item item_of(const Order& order, const Rules& rules) {
    const auto item = exam::item_of(order.item_code, rules.exam);
    // A pack that dropped a group must not strand what is under way.
    return item ? *item
                : exam::Item{order.item_code.substr(0, order.item_code.find('.')), "",
                             domain::ExamClass::kNone};
}

Outcome<Order> load(Work& work, const ExamStep& step) {
    auto found = store::exam(work.tx, step.order_id);
    if (!found) return Reason("NOT_FOUND");
    const auto roles = exam::roles_of(*found, work.actor.institution_id);
    if (roles.empty()) return Reason("AUTH_RECORD_ACCESS_DENIED");
    if (auto refusal = runtime::check_etag(step.etag, found->changes)) return *refusal;
    if (!exam::kLifecycle.legal_for(found->state, step.action, roles)) {
        return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                       {{"state", std::string(exam::name_of(found->state))},
                        {"action", std::string(exam::kLifecycle.name(step.action))}}};
    }
    return *std::move(found);
}

bool reads(Work& work, std::string_view centre_id, const exam::Item& item) {
    const auto site = store::exam_site(work.tx, centre_id);
    return site && std::ranges::find(site->message.read_groups(), item.group) !=
                       site->message.read_groups().end();
}

Outcome<Allowed> check_reader(Work& work, const Order& order, const exam::Item& item,
                              std::string_view reader_id) {
    const auto site = store::exam_site(work.tx, order.centre_id);
    if (site) {
        for (const v1::ExamReader& reader : site->message.readers()) {
            if (reader.practitioner_id() == reader_id && reader.item_group() == item.group &&
                reader.grade() >= exam::grade_needed(item)) {
                return Allowed{};
            }
        }
    }
    return Refusal{"READER_GRADE_INSUFFICIENT", {{"reader_id", std::string(reader_id)}}};
}

bool has_device(Work& work, std::string_view device_id) {
    const auto site = store::exam_site(work.tx, work.actor.institution_id);
    return site && std::ranges::find(site->message.device_ids(), device_id) !=
                       site->message.device_ids().end();
}

// What a step needs beyond its row. Nothing is written.
Outcome<Allowed> check_step(Work& work, const Order& order, const ExamStep& step,
                            const Rules& rules) {
    const exam::Item item = item_of(order, rules);
    switch (step.action) {
        case Action::kAcquire:
            if (!has_device(work, step.code)) {
                return Refusal{"DEVICE_NOT_FOUND", {{"device_id", step.code}}};
            }
            return Allowed{};
        case Action::kUpload:
            if (step.sha256 != step.received_sha256) return Reason("DOCUMENT_HASH_MISMATCH");
            return Allowed{};
        case Action::kAssign:
            return check_reader(work, order, item, step.code);
        case Action::kStart:
            if (order.reader_id != work.actor.id) {
                return Refusal{"READER_GRADE_INSUFFICIENT", {{"reader_id", order.reader_id}}};
            }
            return check_reader(work, order, item, work.actor.id);
        case Action::kReport:
            if (order.reader_id != work.actor.id) {
                return Refusal{"READER_GRADE_INSUFFICIENT", {{"reader_id", order.reader_id}}};
            }
            if (step.report.finding_codes().empty() && step.report.text_document_id().empty()) {
                return Reason("REPORT_EMPTY");
            }
            return Allowed{};
        case Action::kVerify: {
            auto allowed = exam::check_verify(order, item, work.actor.id, rules.exam);
            return allowed.ok() ? check_reader(work, order, item, work.actor.id) : allowed;
        }
        case Action::kSign:
            return exam::check_sign(order, item, work.actor.id, rules.exam);
        default:
            return Allowed{};
    }
}

// The mark of recognition follows from quality alone: it says where the report may be shown.
std::string mark_of(Work& work, bool passed) {
    return passed ? "HR-" + work.env.district.substr(0, 2) : "";
}

void add_report(Work& work, Order& order, const ExamStep& step) {
    exam::Report report;
    report.report_id = work.env.ids.next_ulid();
    report.version = static_cast<std::int32_t>(order.reports.size()) + 1;
    report.read_by = work.actor.id;
    report.reported_at = work.now;
    report.passed = step.report.quality_result() == "PASSED";
    v1::ExamReport stored = step.report;
    if (report.version > 1) stored.set_amend_reason_code(order.reason_code);
    report.stored = stored.SerializeAsString();
    order.reports.push_back(std::move(report));
    if (!order.reported_at) order.reported_at = work.now;
}

Outcome<Instant> due_of(const Order& order, const Work& work, const Rules& rules) {
    return exam::report_due(item_of(order, rules), order.priority, order.chest_pain, work.now,
                            rules.exam, work.env.days);
}

// Only what the row changes; the state is entered by the caller.
void apply(Work& work, Order& order, const ExamStep& step) {
    order.reason_code = step.action == Action::kReport ? "" : order.reason_code;
    switch (step.action) {
        case Action::kAcquire:
            order.device_id = step.code;
            order.acquired_at = work.now;
            break;
        case Action::kUpload:
            order.document_id = step.document_id;
            order.uploaded_at = work.now;
            break;
        case Action::kAssign:
            order.reader_id = step.code;
            break;
        case Action::kVerify:
            order.reports.back().verified_by = work.actor.id;
            break;
        case Action::kSign:
            order.reports.back().signed_at = work.now;
            order.reports.back().mark = mark_of(work, order.reports.back().passed);
            break;
        case Action::kRepeat:
            order.reader_id.clear();
            order.report_due_at = std::nullopt;
            order.reason_code = step.code;
            break;
        case Action::kAmend:
            order.reader_id = work.actor.id;
            order.reason_code = step.code;
            break;
        case Action::kCancel:
            order.reason_code = step.code;
            break;
        default:
            break;
    }
}

State target(Action action) {
    switch (action) {
        case Action::kAcquire:
            return State::kAcquired;
        case Action::kUpload:
            return State::kUploaded;
        case Action::kAssign:
            return State::kAssigned;
        case Action::kStart:
        case Action::kAmend:
            return State::kReading;
        case Action::kReport:
            return State::kReported;
        case Action::kVerify:
            return State::kVerified;
        case Action::kSign:
            return State::kSigned;
        case Action::kDeliver:
            return State::kDelivered;
        case Action::kCancel:
            return State::kCancelled;
        case Action::kOrder:
        case Action::kRepeat:
            break;
    }
    return State::kOrdered;
}

void wait_for_answer(Work& work, const Critical& critical, const Rules& rules) {
    timers::schedule(work.tx, {std::string(kCriticalTimer), critical.critical_id},
                     work.now + std::chrono::minutes(rules.exam.notify_min), "");
}

}  // namespace

Outcome<v1::ExamSite> publish_exam_site(Work& work, v1::ExamSite site, std::string_view etag) {
    site.set_institution_id(work.actor.institution_id);
    site.clear_etag();
    const auto before = store::exam_site(work.tx, site.institution_id());
    if (before) {
        if (auto refusal = runtime::check_etag(etag, before->changes)) return *refusal;
    }
    const std::int64_t changes = before ? before->changes + 1 : 1;
    store::save(work.tx, store::StoredSite{site, changes});
    site.set_etag(runtime::make_etag(changes));
    return site;
}

Outcome<std::vector<exam::Prior>> prior_results(storage::Transaction& tx,
                                                std::string_view institution_id,
                                                std::string_view resident_id,
                                                std::string_view item_code, Instant now,
                                                calendar::CivilDate today, const Rules& rules) {
    const auto item = exam::item_of(item_code, rules.exam);
    if (!item) return Refusal{"ITEM_NOT_FOUND", {{"item_code", std::string(item_code)}}};
    const auto window = std::chrono::hours(24) * rules.exam.validity_days.at(item->group);
    std::vector<exam::Prior> found;
    for (store::StoredPrior& stored :
         store::priors(tx, resident_id, item_code, now - window, now)) {
        const bool near =
            rules.exam.recognise_in_district || stored.base_institution_id == institution_id ||
            !store::common_consortium(tx, institution_id, stored.base_institution_id, today)
                 .empty();
        if (near && exam::in_window(stored.prior, *item, now, rules.exam)) {
            found.push_back(std::move(stored.prior));
        }
    }
    return found;
}

Outcome<Ordered> order_exam(Work& work, const NewExam& request) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto priors = prior_results(work.tx, work.actor.institution_id, request.resident_id,
                                request.item_code, work.now, work.today, *rules);
    if (!priors.ok()) return priors.refusal();
    const exam::Item item = *exam::item_of(request.item_code, rules->exam);
    std::optional<domain::channel::Case> alert;
    if (!request.channel_case_id.empty()) {
        alert = store::channel_case(work.tx, request.channel_case_id);
        if (!alert) return Refusal{"NOT_FOUND", {{"channel_case_id", request.channel_case_id}}};
    }
    if (auto known = check_resident(work, request.resident_id, alert.has_value()); !known.ok()) {
        return known.refusal();
    }
    if (!request.wish.recognise &&
        (!exam::centre_enabled(item, rules->exam) || !reads(work, request.centre_id, item))) {
        return Refusal{"CENTRE_NOT_OFFERING", {{"centre_id", request.centre_id}}};
    }
    const auto decided = exam::decide_prior(*priors, request.wish, work.now, rules->exam);
    if (!decided.ok()) return decided.refusal();
    if (!request.order_id.empty() && store::exam(work.tx, request.order_id)) {
        return Refusal{"ALREADY_EXISTS", {{"order_id", request.order_id}}};
    }
    Ordered result;
    const auto context = work.event_context(*rules);
    if (decided->outcome != domain::RecognitionOutcome::kRecognised) {
        Order order;
        order.order_id = work.id_or_new(request.order_id);
        order.resident_id = request.resident_id;
        order.base_institution_id = work.actor.institution_id;
        order.centre_id = request.centre_id;
        order.item_code = request.item_code;
        order.priority = request.priority;
        order.ordering_practitioner_id = work.actor.id;
        order.referral_id = request.referral_id;
        order.channel_case_id = request.channel_case_id;
        order.chest_pain = alert && alert->channel == domain::ChannelKind::kChestPain;
        order.ordered_at = work.now;
        order.state = exam::kLifecycle.create(Action::kOrder, State::kOrdered);
        save_changed(work, order);
        work.append(store::exam_event(Action::kOrder, context, order, work.now));
        result.order = std::move(order);
    }
    if (decided->outcome != domain::RecognitionOutcome::kNone) {
        result.recognised = store::RecognitionRow{work.env.ids.next_ulid(),
                                                  request.item_code,
                                                  request.resident_id,
                                                  work.actor.institution_id,
                                                  result.order ? result.order->order_id : "",
                                                  *decided,
                                                  work.actor.id,
                                                  work.now};
        store::add(work.tx, *result.recognised);
        work.append(store::recognition_decided(context, *result.recognised));
    }
    return result;
}

Outcome<Order> step_exam(Work& work, const ExamStep& step) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load(work, step);
    if (!loaded.ok()) return loaded;
    Order order = std::move(loaded).value();
    if (auto fits = check_step(work, order, step, *rules); !fits.ok()) return fits.refusal();
    if (step.action == Action::kUpload) {
        const auto due = due_of(order, work, *rules);
        if (!due.ok()) return due.refusal();
        order.report_due_at = *due;
    }
    if (step.action == Action::kReport) add_report(work, order, step);
    apply(work, order, step);
    const auto entered = exam::kLifecycle.enter(order.state, step.action, target(step.action));
    YILIAN_INVARIANT(entered.ok(), "referrals: an examination step that no row covers");
    order.state = *entered;
    save_changed(work, order);
    const bool touches_report = step.action == Action::kReport || step.action == Action::kVerify ||
                                step.action == Action::kSign;
    if (touches_report) store::save(work.tx, order.order_id, order.reports.back());
    const auto context = work.event_context(*rules);
    if (step.action == Action::kSign) {
        work.append(store::exam_signed(context, order));
    } else if (step.action != Action::kStart) {
        work.append(store::exam_event(step.action, context, order, work.now));
    }
    return order;
}

Outcome<Critical> raise_critical(Work& work, std::string_view critical_id,
                                 std::string_view order_id) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    const auto order = store::exam(work.tx, order_id);
    if (!order) return Refusal{"NOT_FOUND", {{"order_id", std::string(order_id)}}};
    if (order->centre_id != work.actor.institution_id) return Reason("NOT_RESPONSIBLE");
    if (order->reports.empty()) {
        return Refusal{
            "STATE_TRANSITION_NOT_ALLOWED",
            {{"state", std::string(exam::name_of(order->state))}, {"action", "RaiseCritical"}}};
    }
    if (!critical_id.empty() && store::critical(work.tx, critical_id)) {
        return Refusal{"ALREADY_EXISTS", {{"critical_id", std::string(critical_id)}}};
    }
    Critical c;
    c.critical_id = work.id_or_new(critical_id);
    c.order_id = order->order_id;
    c.resident_id = order->resident_id;
    c.item_code = order->item_code;
    c.base_institution_id = order->base_institution_id;
    c.centre_id = order->centre_id;
    c.state = domain::CriticalState::kRaised;
    c.duty = domain::CriticalDuty::kDoctor;
    c.raised_at = work.now;
    save_changed(work, c);
    // An alarm that the centre does not pass on goes up as well.
    wait_for_answer(work, c, *rules);
    work.append(store::critical_event(store::CriticalEvent::kRaised, work.event_context(*rules), c,
                                      work.now));
    return c;
}

Outcome<Critical> step_critical(Work& work, std::string_view critical_id, exam::CriticalStep step,
                                std::string_view treatment_code) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto found = store::critical(work.tx, critical_id);
    if (!found) return Reason("NOT_FOUND");
    Critical c = *std::move(found);
    const auto allowed = exam::check_critical(c, step, work.actor.institution_id, treatment_code);
    if (!allowed.ok()) return allowed.refusal();
    const auto context = work.event_context(*rules);
    switch (step) {
        case exam::CriticalStep::kNotify:
            c.state = domain::CriticalState::kNotified;
            c.notified_at = work.now;
            save_changed(work, c);
            wait_for_answer(work, c, *rules);
            break;
        case exam::CriticalStep::kAcknowledge:
            c.state = domain::CriticalState::kAcknowledged;
            c.acknowledged_by = work.actor.id;
            c.acknowledged_at = work.now;
            save_changed(work, c);
            (void)timers::cancel(work.tx, {std::string(kCriticalTimer), c.critical_id});
            work.append(
                store::critical_event(store::CriticalEvent::kAcknowledged, context, c, work.now));
            break;
        case exam::CriticalStep::kClose:
            // Treated and closed at once: one method says both.
            c.state = domain::CriticalState::kClosed;
            c.treatment_code = treatment_code;
            c.treated_at = work.now;
            c.closed_at = work.now;
            save_changed(work, c);
            work.append(store::critical_event(store::CriticalEvent::kClosed, context, c, work.now));
            break;
    }
    return c;
}

void critical_unanswered(Work& work, Critical c, const Rules& rules) {
    const bool waits =
        c.state == domain::CriticalState::kRaised || c.state == domain::CriticalState::kNotified;
    if (!waits || c.duty == domain::CriticalDuty::kOffice) return;
    c.duty = exam::after(c.duty);
    save_changed(work, c);
    if (c.duty != domain::CriticalDuty::kOffice) wait_for_answer(work, c, rules);
    work.append(store::critical_event(store::CriticalEvent::kEscalated, work.event_context(rules),
                                      c, work.now));
}

}  // namespace yilian::referrals::app
