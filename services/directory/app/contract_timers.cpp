#include <functional>
#include <utility>

#include "libs/timers/timers.h"
#include "services/directory/app/contract_steps.h"
#include "services/directory/store/event_codec.h"

namespace yilian::directory::app {
namespace {

using domain::Contract;
using domain::ContractAction;
using domain::ContractState;
using store::ContractChange;
using store::ContractEvent;

std::vector<std::string> resident_key(const timers::Timer& timer) {
    return {"resident/" + timer.payload};
}

// A timer whose contract has moved on meanwhile does nothing. Without a pack in force it fails, so
// that an operator sees it among the failed ones.
void on_contract(runtime::Wiring& wiring, const std::string& district, std::string_view kind,
                 ContractAction action, std::function<void(Work&, Contract&, const PackPtr&)> act) {
    wiring.on_timer(std::string(kind), resident_key,
                    [district, action, act](runtime::TimerContext& context) {
                        auto c = store::contract(context.tx, context.timer.key.aggregate_id);
                        if (!c || !domain::kContractLifecycle.legal(c->state, action)) return;
                        Work work = runtime::work_of(context, district);
                        work.actor.institution_id = c->institution_id;
                        const auto pack = work.pack(work.today);
                        if (!pack.ok()) {
                            throw storage::Rollback(
                                absl::FailedPreconditionError(pack.refusal().reason.text()));
                        }
                        act(work, *c, *pack);
                    });
}

void move(Work& work, Contract& c, ContractAction action, ContractState to, const PackPtr& pack) {
    const auto applied = apply(work, c, action, to, contract_policy(*pack));
    YILIAN_INVARIANT(applied.ok(), "directory: a timer's action was checked");
}

}  // namespace

void bind_contract_timers(runtime::Wiring& wiring, const std::string& district) {
    on_contract(wiring, district, kLapseTimer, ContractAction::kLapse,
                [](Work& work, Contract& c, const PackPtr& pack) {
                    move(work, c, ContractAction::kLapse, ContractState::kExpiredUnsigned, pack);
                    work.append(store::contract_event(ContractEvent::kOfferLapsed,
                                                      work.event_context(*pack), c));
                });
    on_contract(wiring, district, kStartTimer, ContractAction::kStart,
                [](Work& work, Contract& c, const PackPtr& pack) {
                    start_if_due(work, c, pack, contract_policy(*pack));
                });
    on_contract(
        wiring, district, kNoticeTimer, ContractAction::kNotice,
        [](Work& work, Contract& c, const PackPtr& pack) {
            move(work, c, ContractAction::kNotice, ContractState::kDueForRenewal, pack);
            work.append(store::contract_change(ContractChange::kRenewalDue,
                                               work.event_context(*pack), c, work.today, nullptr));
        });
    on_contract(
        wiring, district, kEndTimer, ContractAction::kExpire,
        [](Work& work, Contract& c, const PackPtr& pack) {
            c.end_reason = "EXPIRED";
            move(work, c, ContractAction::kExpire, ContractState::kEnded, pack);
            work.append(store::contract_change(ContractChange::kEnded, work.event_context(*pack), c,
                                               c.valid_to.plus_days(1), nullptr));
        });
}

}  // namespace yilian::directory::app
