#include "services/directory/app/fee_split.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "libs/policy/keys.h"
#include "services/directory/domain/fee_split.h"
#include "services/directory/store/event_codec.h"
#include "services/directory/store/queries.h"
#include "services/directory/store/rows.h"

namespace yilian::directory::app {
namespace {

using calendar::CivilDate;
using domain::MemberWorkload;
using storage::Row;

constexpr std::int64_t kPointsOfItemE2 = 100;

struct Span {
    CivilDate first;
    CivilDate last;
};

std::optional<Span> span_of(const std::string& period) {
    const bool year = period.size() == 4;
    const auto first = CivilDate::parse(period + (year ? "-01-01" : "-01"));
    if (!first.ok()) return std::nullopt;
    return Span{*first, first->plus_months(year ? 12 : 1).plus_days(-1)};
}

bool member_in(const v1::TeamMember& m, const std::string& first, const std::string& last) {
    return (m.from().empty() || m.from() <= last) && (m.to().empty() || first <= m.to());
}

std::vector<MemberWorkload> workload(Work& work, const v1::Team& team, const Fee& fee,
                                     const Span& span) {
    std::vector<MemberWorkload> members;
    for (const v1::TeamMember& m : team.members()) {
        const bool there = std::ranges::find(members, m.practitioner_id(),
                                             &MemberWorkload::practitioner_id) != members.end();
        if (!there && member_in(m, span.first.text(), span.last.text())) {
            members.push_back({m.practitioner_id()});
        }
    }
    if (members.empty()) members.push_back({team.leader_id()});
    for (const Row& row :
         work.tx.select(store::kWorkload, team.team_id(), fee.period, fee.known_before)) {
        const auto member =
            std::ranges::find(members, row.text(0), &MemberWorkload::practitioner_id);
        if (member != members.end()) member->points_e2 = row.i64(1) * kPointsOfItemE2;
    }
    for (MemberWorkload& member : members) {
        if (const auto row =
                work.tx.select_one(store::kPeerScores, member.practitioner_id, fee.period)) {
            member.score_sum_e2 = row->i64(0);
            member.score_count = row->i64(1);
        }
    }
    return members;
}

v1::FeeSplit message_of(const v1::Team& team, const Fee& fee, std::int64_t floor_bp,
                        const domain::FeeSplit& split) {
    v1::FeeSplit m;
    m.set_team_id(team.team_id());
    m.set_institution_id(team.institution_id());
    m.set_period(fee.period);
    m.set_fee_fen(fee.fee_fen);
    m.set_team_fen(split.team.raw());
    m.set_institution_fen(split.institution.raw());
    m.set_floor_bp(static_cast<std::int32_t>(floor_bp));
    for (const auto& [id, part] : split.shares) {
        v1::MemberShare* share = m.add_shares();
        share->set_practitioner_id(id);
        share->set_amount_fen(part.raw());
    }
    return m;
}

}  // namespace

Outcome<v1::FeeSplit> compute_fee_split(Work& work, const Fee& fee) {
    if (const auto row =
            work.tx.select_one(store::kFeeSplit, fee.team_id, fee.period, fee.source)) {
        v1::FeeSplit there;
        YILIAN_INVARIANT(there.ParseFromString(row->bytes(0)), "directory: fee split");
        if (there.fee_fen() == fee.fee_fen) return there;
        return Refusal{"ID_REUSED", {{"team_id", fee.team_id}, {"period", fee.period}}};
    }
    const auto span = span_of(fee.period);
    if (!span) return Refusal{"FIELD_FORMAT", {{"field", "period"}}};
    const auto team = store::team(work.tx, fee.team_id);
    if (!team) return Refusal{"TEAM_NOT_FOUND", {{"team_id", fee.team_id}}};
    const auto pack = work.pack(span->first);
    if (!pack.ok()) return pack.refusal();
    const std::int64_t floor_bp = (*pack)->get(policy::kContractFeeTeamShareMinBp);
    const v1::FeeSplit split =
        message_of(team->record, fee, floor_bp,
                   domain::split_fee(amount::Fen::of_raw(fee.fee_fen), floor_bp,
                                     workload(work, team->record, fee, *span)));
    work.tx.run(store::kSaveFeeSplit, fee.team_id, fee.period, fee.source,
                storage::Blob{split.SerializeAsString()});
    work.touch("fee_split", fee.team_id + "/" + fee.period);
    work.append(store::fee_split_computed(work.event_context(**pack), split));
    return split;
}

}  // namespace yilian::directory::app
