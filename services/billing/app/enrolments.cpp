#include "services/billing/app/enrolments.h"

#include <algorithm>
#include <map>
#include <set>

#include "libs/policy/keys/directory.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/store/capitation_rows.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/copy_queries.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/list_rows.h"

namespace yilian::billing::app {
namespace {

using store::ContractCopy;

// Of each enrolment what is known now.
std::map<std::string, EnrolmentVersion> known_now(Unit& unit, const std::string& resident_id) {
    std::map<std::string, EnrolmentVersion> latest;
    for (EnrolmentVersion& v : store::versions_of(unit.tx, resident_id)) {
        EnrolmentVersion& held = latest[v.enrolment_id];
        if (held.enrolment_id.empty() || held.version < v.version) held = std::move(v);
    }
    return latest;
}

void append_version(Unit& unit, EnrolmentVersion version, const EnrolmentVersion* before) {
    version.version = before == nullptr ? 1 : before->version + 1;
    version.recorded_at = before == nullptr ? unit.now : std::max(unit.now, before->recorded_at);
    store::add(unit.tx, version);
    unit.touch("enrolment_version", version.enrolment_id + '#' + std::to_string(version.version));
}

// Appends what `desired` says otherwise than what is known; what it does not name is cancelled.
void settle_versions(Unit& unit, const std::string& resident_id,
                     const std::vector<EnrolmentVersion>& desired) {
    const auto known = known_now(unit, resident_id);
    std::set<std::string> wanted;
    for (const EnrolmentVersion& piece : desired) {
        wanted.insert(piece.enrolment_id);
        const auto before = known.find(piece.enrolment_id);
        if (before == known.end()) {
            append_version(unit, piece, nullptr);
        } else if (!same_content(before->second, piece)) {
            append_version(unit, piece, &before->second);
        }
    }
    for (const auto& [id, version] : known) {
        if (wanted.contains(id) || version.cancelled) continue;
        EnrolmentVersion cancelled = version;
        cancelled.cancelled = true;
        append_version(unit, std::move(cancelled), &version);
    }
}

std::string consortium_on(std::span<const MembershipSpan> memberships, CivilDate day) {
    std::string found;
    CivilDate since;
    for (const MembershipSpan& m : memberships) {
        if (m.from > day || (m.to && *m.to <= day)) continue;
        if (found.empty() || m.from > since || (m.from == since && m.consortium_id < found)) {
            found = m.consortium_id;
            since = m.from;
        }
    }
    return found;
}

void book_fee(Unit& unit, const ContractCopy& contract, const std::string& consortium_id) {
    const CivilDate from = contract.facts.valid_from;
    const auto pack = unit.pack(from);
    if (!pack.ok()) return;
    const Rate share = amount::rate_of_bp((*pack)->get(policy::kContractFeeTeamShareMinBp));
    store::FeeSplitRow fee;
    fee.contract_id = contract.facts.contract_id;
    fee.resident_id = contract.facts.resident_id;
    fee.team_id = contract.team_id;
    fee.institution_id = contract.facts.institution_id;
    fee.consortium_id = consortium_id;
    fee.period = CivilMonth::containing(from).text();
    fee.fee = contract.fee;
    fee.team = amount::multiply(fee.fee, share, amount::Rounding::kUp);
    Booking booking;
    booking.kind = "contract_fee";
    booking.parts = {fee.contract_id};
    booking.wanted = CivilMonth::containing(from);
    booking.refers_to = {fee.contract_id};
    booking.posting = contract_fee_split(consortium_id, fee.team_id, fee.team, fee.institution_id,
                                         fee.fee - fee.team);
    booking.institution_id = fee.institution_id;
    booking.pack = pack->get();
    fee.transaction_id = must_book(unit, booking);
    store::add(unit.tx, fee);
    const bool bound_ok = fee.team >= amount::multiply(fee.fee, share, amount::Rounding::kDown);
    unit.append(store::contract_fee_split(unit.event_context(**pack), fee, bound_ok));
    unit.touch("fee_split", fee.contract_id);
}

void settle_fee(Unit& unit, const ContractCopy& contract,
                std::span<const MembershipSpan> memberships) {
    const auto booked = store::fee_split(unit.tx, contract.facts.contract_id);
    if (contract.facts.voided) {
        if (!booked || booked->reversed || booked->transaction_id.empty()) return;
        const auto reversed = reverse(unit, booked->transaction_id, "CONTRACT_VOIDED");
        YILIAN_INVARIANT(reversed.ok(), "billing: a fee is reversed once");
        store::reverse_fee_split(unit.tx, contract.facts.contract_id);
        unit.touch("fee_split", contract.facts.contract_id);
        return;
    }
    if (booked || !contract.active || contract.fee.is_zero() || contract.team_id.empty()) return;
    const std::string consortium = consortium_on(memberships, contract.facts.valid_from);
    if (!consortium.empty()) book_fee(unit, contract, consortium);
}

}  // namespace

void refresh_resident(Unit& unit, const std::string& resident_id) {
    const std::string surviving = store::surviving(unit.tx, resident_id);
    store::lock_resident(unit.tx, surviving);
    const auto facts = store::resident(unit.tx, surviving);
    const auto ids = store::aliases(unit.tx, surviving);
    std::vector<ChronicSpan> chronic;
    for (const std::string& id : ids) {
        for (const ChronicSpan& span : store::chronic_of(unit.tx, id)) chronic.push_back(span);
    }
    std::vector<EnrolmentVersion> desired;
    for (const std::string& id : ids) {
        for (const ContractCopy& contract : store::contracts_of(unit.tx, id)) {
            const auto members = store::memberships(unit.tx, contract.facts.institution_id);
            settle_fee(unit, contract, members);
            if (!facts || (!contract.active && !contract.facts.voided)) continue;
            for (EnrolmentVersion& piece : timeline(contract.facts, *facts, members, chronic)) {
                desired.push_back(std::move(piece));
            }
        }
    }
    settle_versions(unit, surviving, desired);
    for (const std::string& id : ids) {
        if (id != surviving) settle_versions(unit, id, {});
    }
}

void refresh_institution(Unit& unit, const std::string& institution_id) {
    std::vector<std::string> institutions{institution_id};
    for (const storage::Row& row : unit.tx.select(store::kChildren, institution_id)) {
        institutions.push_back(row.text(0));
    }
    std::set<std::string> residents;
    for (const std::string& id : institutions) {
        for (const storage::Row& row : unit.tx.select(store::kResidentsOfInstitution, id)) {
            residents.insert(row.text(0));
        }
    }
    for (const std::string& id : residents) refresh_resident(unit, id);
}

}  // namespace yilian::billing::app
