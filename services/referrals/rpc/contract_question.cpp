#include "services/referrals/rpc/contract_question.h"

#include <algorithm>
#include <any>
#include <chrono>
#include <memory>
#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/rpc/client.h"
#include "services/referrals/store/copy_rows.h"
#include "services/referrals/store/queries.h"
#include "yilian/directory/v1/contract_service.pb.h"
#include "yilian/directory/v1/types.pb.h"

namespace yilian::referrals::rpc_edge {
namespace {

constexpr std::chrono::milliseconds kPatience{200};

// What the read found, for the callback that follows it.
struct Reading {
    std::string resident_id;  // "" when nothing is to be asked
    calendar::CivilDate today;
    Deadline deadline;
    runtime::Prepared then;
};

void call_directory(rpc::Client& directory, const std::shared_ptr<Reading>& reading) {
    directory::v1::GetContractStatusRequest request;
    request.set_resident_id(reading->resident_id);
    request.set_on(reading->today.text());
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        reading->deadline - std::chrono::steady_clock::now());
    rpc::CallOptions options;
    options.timeout = std::clamp(left, std::chrono::milliseconds(1), kPatience);
    directory.call_raw(
        "yilian.directory.v1.ContractService/GetContractStatus", request, options,
        [reading](const rpc::CallResult<std::string>& result) {
            directory::v1::ContractStatus status;
            if (!result.ok() || !status.ParseFromString(result.value()) || !status.contracted()) {
                return reading->then(std::any());
            }
            reading->then(std::any(store::ContractCopy{status.contract_id(), status.team_id(),
                                                       status.institution_id()}));
        });
}

}  // namespace

void ContractQuestion::ask(const std::string& referral_id, Deadline deadline,
                           runtime::Prepared then) const {
    rpc::Client* directory = peers_.find("directory");
    if (directory == nullptr) return then(std::any());
    auto reading = std::make_shared<Reading>(
        Reading{"", calendar::local_date(clock_.now()), deadline, std::move(then)});
    const absl::Status queued = store_.submit_read(
        [reading, referral_id](storage::Transaction& tx) {
            const auto row = tx.select_one(store::kResidentOfReferral, referral_id);
            if (row && !store::contract_on(tx, row->text(0), reading->today)) {
                reading->resident_id = row->text(0);
            }
        },
        [reading, directory](const absl::Status& status) {
            if (!status.ok() || reading->resident_id.empty()) return reading->then(std::any());
            call_directory(*directory, reading);
        },
        deadline);
    if (!queued.ok()) reading->then(std::any());
}

}  // namespace yilian::referrals::rpc_edge
