#include "services/referrals/store/channel_rows.h"

#include "services/referrals/store/channel_queries.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::referrals::store {
namespace {

using domain::channel::Candidate;
using domain::channel::Case;
using domain::channel::TimePoint;
using events::EventDraft;
using storage::Blob;
using storage::Row;
using storage::Transaction;

// "institution;capability;minutes", candidates joined by '|'; codes hold neither.
std::string text_of(const std::vector<Candidate>& candidates) {
    std::vector<std::string> parts;
    for (const Candidate& c : candidates) {
        parts.push_back(c.institution_id + ";" + c.capability + ";" + std::to_string(c.travel_min));
    }
    return join(parts);
}
std::vector<Candidate> candidates_of(std::string_view text) {
    std::vector<Candidate> candidates;
    for (const std::string& part : split(text)) {
        const auto first = part.find(';');
        const auto second = part.find(';', first + 1);
        candidates.push_back({part.substr(0, first), part.substr(first + 1, second - first - 1),
                              static_cast<std::int32_t>(std::stol(part.substr(second + 1)))});
    }
    return candidates;
}

template <class Msg>
Msg of_case(const ChannelContext& context, const Case& c) {
    Msg m;
    *m.mutable_context() = context;
    m.set_case_id(c.case_id);
    m.set_resident_id(c.key_id);
    return m;
}

}  // namespace

std::optional<StoredCapability> capability(Transaction& tx, std::string_view institution_id,
                                           domain::ChannelKind channel) {
    const auto row = tx.select_one(kCapability, institution_id, domain::name_of(channel));
    if (!row) return std::nullopt;
    return StoredCapability{parsed<v1::ChannelCapability>(row->bytes(0)), row->i64(1)};
}

void save(Transaction& tx, const StoredCapability& c) {
    const auto channel = from_proto<domain::ChannelKind>(c.message.channel());
    expect_saved(tx.run(kSaveCapability, c.message.institution_id(), domain::name_of(channel),
                        c.message.capability(), Blob{c.message.SerializeAsString()}, c.changes));
}

std::vector<Candidate> capable(Transaction& tx, domain::ChannelKind channel,
                               std::string_view sender) {
    std::vector<Candidate> found;
    for (const Row& row : tx.select(kCapabilities, domain::name_of(channel))) {
        const auto m = parsed<v1::ChannelCapability>(row.bytes(0));
        Candidate candidate{m.institution_id(), m.capability(), -1};
        for (const v1::TravelTime& journey : m.travel_times()) {
            if (journey.from_institution_id() == sender) {
                candidate.travel_min = journey.travel_min();
            }
        }
        found.push_back(std::move(candidate));
    }
    return found;
}

std::vector<Candidate> hospitals_around(Transaction& tx, std::string_view sender,
                                        calendar::CivilDate on) {
    std::vector<Candidate> found;
    for (const Row& row : tx.select(kHospitalsAround, sender, on.text())) {
        found.push_back({row.text(0), "", -1});
    }
    return found;
}

std::optional<Case> channel_case(Transaction& tx, std::string_view case_id) {
    const auto row = tx.select_one(kCase, case_id);
    if (!row) return std::nullopt;
    Case c;
    c.case_id = row->text(0);
    c.channel = domain::named<domain::ChannelKind>(row->text(1));
    c.key_id = row->text(2);
    c.resident_id = row->text(3);
    c.sender_institution_id = row->text(4);
    c.sender_kind = domain::named<domain::SenderKind>(row->text(5));
    c.state = *domain::channel::kLifecycle.state_named(row->text(6));
    c.candidates = candidates_of(row->text(7));
    c.at_candidate = static_cast<std::int32_t>(row->i64(8));
    c.exhausted = row->flag(9);
    c.receiver_institution_id = row->text(10);
    c.escalations = static_cast<std::int32_t>(row->i64(11));
    c.alerted_at = row->instant(12);
    c.acknowledge_by = row->opt_instant(13);
    c.acknowledged_at = row->opt_instant(14);
    c.complete_by = row->instant(15);
    c.completed_at = row->opt_instant(16);
    c.referral_id = row->text(17);
    c.reason_code = row->text(18);
    c.order_flagged = row->flag(19);
    c.changes = row->i64(20);
    for (const Row& p : tx.select(kTimePoints, case_id)) {
        c.points.push_back({p.text(0), p.text(1), p.instant(2),
                            domain::named<domain::PointSource>(p.text(3)), p.text(4), p.instant(5),
                            p.text(6), p.text(7)});
    }
    return c;
}

void save(Transaction& tx, const Case& c) {
    expect_saved(tx.run(
        kSaveCase, c.case_id, domain::name_of(c.channel), c.key_id, c.resident_id,
        c.sender_institution_id, domain::name_of(c.sender_kind), domain::channel::name_of(c.state),
        text_of(c.candidates), std::int64_t{c.at_candidate}, c.exhausted, c.receiver_institution_id,
        std::int64_t{c.escalations}, c.alerted_at, c.acknowledge_by, c.acknowledged_at,
        c.complete_by, c.completed_at, c.referral_id, c.reason_code, c.order_flagged, c.changes));
}

void add(Transaction& tx, std::string_view case_id, const TimePoint& p) {
    tx.run(kAddTimePoint, p.time_point_id, case_id, p.code, p.at, domain::name_of(p.source),
           p.recorded_by, p.recorded_at, p.corrects, p.reason);
}

void add_case_party(Transaction& tx, std::string_view case_id, std::string_view institution_id) {
    tx.run(kAddCaseParty, case_id, institution_id);
}

bool is_case_party(Transaction& tx, std::string_view case_id, std::string_view institution_id) {
    return tx.select_one(kIsCaseParty, case_id, institution_id).has_value();
}

EventDraft alert_raised(const ChannelContext& context, const Case& c) {
    auto m = of_case<v1::AlertRaised>(context, c);
    m.set_channel(to_proto<v1::Channel>(c.channel));
    m.set_sender_id(c.sender_institution_id);
    m.set_sender_kind(std::string(domain::name_of(c.sender_kind)));
    return events::make_event(m);
}

EventDraft channel_escalated(const ChannelContext& context, const Case& c, std::string_view from,
                             std::int32_t after_s) {
    auto m = of_case<v1::ChannelEscalated>(context, c);
    m.set_from(std::string(from));
    m.set_to(c.receiver_institution_id);
    m.set_after_s(after_s);
    return events::make_event(m);
}

EventDraft alert_acknowledged(const ChannelContext& context, const Case& c) {
    auto m = of_case<v1::AlertAcknowledged>(context, c);
    m.set_receiver_id(c.receiver_institution_id);
    set_time(m.mutable_at(), *c.acknowledged_at);
    return events::make_event(m);
}

EventDraft time_point_added(const ChannelContext& context, const Case& c, const TimePoint& point) {
    auto m = of_case<v1::TimePointAdded>(context, c);
    m.set_code(point.code);
    set_time(m.mutable_at(), point.at);
    m.set_source(std::string(domain::name_of(point.source)));
    return events::make_event(m);
}

EventDraft case_closed(const ChannelContext& context, const Case& c,
                       const std::vector<domain::channel::Goal>& goals) {
    auto m = of_case<v1::CaseClosed>(context, c);
    for (const domain::channel::Goal& goal : goals) {
        if (!goal.minutes) continue;
        (goal.met ? *m.mutable_goals_met() : *m.mutable_goals_missed()).Add(std::string(goal.name));
    }
    return events::make_event(m);
}

}  // namespace yilian::referrals::store
