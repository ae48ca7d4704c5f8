#include "services/prescriptions/app/timers.h"

#include <functional>
#include <utility>

#include "libs/timers/timers.h"
#include "services/prescriptions/app/dispensing.h"
#include "services/prescriptions/app/endings.h"
#include "services/prescriptions/store/rows.h"

namespace yilian::prescriptions::app {
namespace {

std::vector<std::string> prescription_key(const timers::Timer& timer) {
    return {"prescription/" + timer.key.aggregate_id};
}

// A timer whose prescription has moved on meanwhile does nothing.
void on_prescription(runtime::Wiring& wiring, const std::string& district, std::string_view kind,
                     std::function<void(Work&, domain::Prescription)> act) {
    wiring.on_timer(std::string(kind), prescription_key,
                    [district, act = std::move(act)](runtime::TimerContext& context) {
                        auto p = store::prescription(context.tx, context.timer.key.aggregate_id);
                        if (!p) return;
                        Work work = runtime::work_of(context, district);
                        work.actor.institution_id = p->institution_id;
                        act(work, *std::move(p));
                    });
}

}  // namespace

void bind_timers(runtime::Wiring& wiring, const std::string& district) {
    on_prescription(wiring, district, kExpiryTimer, validity_ended);
    on_prescription(wiring, district, kLeaseTimer, end_lease);
    on_prescription(wiring, district, kInstanceTimer, instance_fell_due);
    on_prescription(wiring, district, kCloseTimer, close_rested);
}

}  // namespace yilian::prescriptions::app
