#include "services/billing/rpc/supervision_encode.h"

#include <algorithm>
#include <set>

#include "libs/runtime/command.h"
#include "services/billing/store/list_codec.h"

namespace yilian::billing::rpc_edge {
namespace {

// Values of the enums have the names of the states behind their prefix.
template <class Enum>
Enum value_of(std::string_view prefix, std::string_view name) {
    const auto* type = google::protobuf::GetEnumDescriptor<Enum>();
    const auto* value = type->FindValueByName(std::string(prefix) + std::string(name));
    return value == nullptr ? Enum{} : static_cast<Enum>(value->number());
}

template <class Enum>
std::string name_without(std::string_view prefix, Enum value) {
    const auto* type = google::protobuf::GetEnumDescriptor<Enum>();
    const auto* found = type->FindValueByNumber(static_cast<int>(value));
    if (found == nullptr || found->number() == 0) return {};
    return found->name().substr(prefix.size());
}

template <class Out>
void set_trail(Out* out, const std::vector<store::TrailRow>& trail) {
    for (const store::TrailRow& row : trail) {
        v1::TrailEntry* entry = out->Add();
        entry->set_entry_no(static_cast<std::int32_t>(row.entry_no));
        store::set_instant(entry->mutable_occurred_at(), row.occurred_at);
        entry->set_actor(row.actor);
        entry->set_action(row.action);
        entry->set_from_state(row.from_state);
        entry->set_to_state(row.to_state);
        entry->set_reason_code(row.reason_code);
        for (const std::string& digest : row.documents) entry->add_document_digests(digest);
    }
}

// Methods, sorted: an action of the table may be one decision of a method.
void set_actions(google::protobuf::RepeatedPtrField<std::string>* out,
                 const std::vector<std::string>& names) {
    std::set<std::string> methods;
    for (const std::string& name : names) methods.insert(name.substr(0, name.find(' ')));
    for (const std::string& method : methods) *out->Add() = method;
}

bool agency(const rpc::Caller& caller) {
    return caller.has_role("agency_clerk") || caller.has_role("agency_approver");
}

const auto kAny = [](const lifecycle::RowData&) { return true; };

}  // namespace

v1::SupervisionFinding encode(const store::FindingRow& row, const rpc::Caller& caller,
                              const std::vector<store::TrailRow>& trail) {
    v1::SupervisionFinding m;
    m.set_finding_id(row.finding_id);
    m.set_rule_id(row.rule_id);
    m.set_rule_version(static_cast<std::int32_t>(row.rule_version));
    m.set_family(row.family);
    m.set_severity(value_of<v1::FindingSeverity>("FINDING_SEVERITY_", row.severity));
    m.set_action(row.action);
    m.set_institution_id(row.institution_id);
    for (const std::string& id : row.list_ids) m.add_list_ids(id);
    m.set_period(row.period);
    m.set_amount_fen(row.amount.raw());
    for (const auto& [name, value] : row.evidence) {
        v1::FindingEvidence* evidence = m.add_evidence();
        evidence->set_name(name);
        evidence->set_value(value);
    }
    m.set_state(value_of<v1::FindingState>("FINDING_STATE_", kFindingLifecycle.name(row.state)));
    m.set_decision(row.decision);
    m.set_deducted_fen(row.deducted.raw());
    m.set_hearing_until(row.hearing_until);
    set_trail(m.mutable_trail(), trail);
    m.set_etag(runtime::make_etag(row.changes));
    lifecycle::Set<FindingRole> roles;
    if (agency(caller)) roles = roles | lifecycle::Set<FindingRole>{FindingRole::kSupervisor};
    if (caller.institution_id == row.institution_id) {
        roles = roles | lifecycle::Set<FindingRole>{FindingRole::kInstitution};
    }
    set_actions(m.mutable_allowed_actions(),
                kFindingLifecycle.allowed_action_names(row.state, roles, kAny));
    return m;
}

v1::ListReview encode(const store::ReviewRow& row, const std::vector<store::TrailRow>& trail) {
    v1::ListReview m;
    m.set_review_id(row.review_id);
    m.set_institution_id(row.institution_id);
    m.set_list_id(row.list_id);
    m.set_version(static_cast<std::int32_t>(row.version));
    m.set_period(row.period);
    m.set_state(value_of<v1::ReviewState>("REVIEW_STATE_", kReviewLifecycle.name(row.state)));
    m.set_reason_code(row.reason_code);
    m.set_finding_id(row.finding_id);
    set_trail(m.mutable_trail(), trail);
    m.set_etag(runtime::make_etag(row.changes));
    return m;
}

v1::SupervisionRule encode(const supervision::Rule& rule) {
    v1::SupervisionRule m;
    m.set_rule_id(rule.id);
    m.set_version(rule.version);
    m.set_family(rule.family);
    m.set_condition(rule.condition);
    std::set<std::string> thresholds;
    for (const supervision::Threshold& t : rule.thresholds) {
        thresholds.insert(t.name + '=' + t.text);
    }
    for (const std::string& t : thresholds) m.add_thresholds(t);
    m.set_severity(
        value_of<v1::FindingSeverity>("FINDING_SEVERITY_", supervision::name_of(rule.severity)));
    m.set_action(std::string(supervision::name_of(rule.action)));
    m.set_effective_from(rule.from.text());
    if (rule.to) m.set_effective_to(rule.to->text());
    return m;
}

v1::Dispute encode(const store::DisputeRow& row, const rpc::Caller& caller,
                   const std::vector<store::TrailRow>& trail) {
    v1::Dispute m;
    m.set_dispute_id(row.dispute_id);
    m.set_run_id(row.run_id);
    m.set_party(row.party);
    m.set_subject(value_of<v1::DisputeSubject>("DISPUTE_SUBJECT_", row.subject));
    m.set_subject_id(row.subject_id);
    m.set_disputed_fen(row.disputed.raw());
    m.set_claimed_fen(row.claimed.raw());
    m.set_granted_fen(row.granted.raw());
    m.set_state(value_of<v1::DisputeState>("DISPUTE_STATE_", kDisputeLifecycle.name(row.state)));
    m.set_reason_code(row.reason_code);
    m.set_decision_reason_code(row.decision_reason_code);
    for (const std::string& digest : row.documents) m.add_document_digests(digest);
    m.set_opened_on(row.opened_on);
    m.set_review_until(row.review_until);
    m.set_escalated(row.escalated);
    m.set_resettlement_run_id(row.resettlement_run_id);
    m.set_transaction_id(row.transaction_id);
    set_trail(m.mutable_trail(), trail);
    m.set_etag(runtime::make_etag(row.changes));
    lifecycle::Set<DisputeRole> roles;
    if (caller.institution_id == row.institution_id && caller.has_role("finance")) {
        roles = roles | lifecycle::Set<DisputeRole>{DisputeRole::kParty};
    }
    if (caller.has_role("agency_clerk")) {
        roles = roles | lifecycle::Set<DisputeRole>{DisputeRole::kReviewer};
    }
    if (caller.has_role("agency_approver") && caller.subject != row.reviewed_by) {
        roles = roles | lifecycle::Set<DisputeRole>{DisputeRole::kDecider};
    }
    set_actions(m.mutable_allowed_actions(),
                kDisputeLifecycle.allowed_action_names(row.state, roles, kAny));
    return m;
}

std::string name_of(v1::DisputeSubject subject) {
    return name_without("DISPUTE_SUBJECT_", subject);
}
std::string name_of(v1::FindingState state) { return name_without("FINDING_STATE_", state); }

bool is_digest(std::string_view text) {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

void check_documents(rpc::Validator& v,
                     const google::protobuf::RepeatedPtrField<std::string>& documents, int least) {
    v.count("document_digests", documents.size(), least, 20);
    v.each("document_digests", documents, [](rpc::Validator& inner, const std::string& digest) {
        inner.expect(is_digest(digest), "", "FIELD_FORMAT");
    });
}

}  // namespace yilian::billing::rpc_edge
