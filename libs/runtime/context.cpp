#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "libs/outbox/outbox.h"
#include "libs/rpc/page_token.h"
#include "libs/runtime/command.h"

namespace yilian::runtime {

std::string WorkContext::append(const events::EventDraft& draft) const {
    return outbox.append(tx, draft, meta);
}

Outcome<Page> QueryContext::page(const google::protobuf::Message& request,
                                 std::int32_t default_size, std::int32_t max_size) const {
    const auto* field = request.GetDescriptor()->FindFieldByName("page_size");
    const std::int32_t asked =
        field == nullptr ? 0 : request.GetReflection()->GetInt32(request, field);
    if (asked < 0) return Refusal{"FIELD_INVALID", {{"field", "page_size"}}};
    auto position = pages.open(request, caller.institution_id);
    if (!position) return Refusal{"FIELD_INVALID", {{"field", "page_token"}}};
    return Page{asked == 0 ? default_size : std::min(asked, max_size), *std::move(position)};
}

std::string QueryContext::next_page_token(const google::protobuf::Message& request,
                                          std::string_view position) const {
    return pages.make(request, caller.institution_id, position);
}

std::string_view actor_kind(const rpc::Caller& caller) {
    const auto any = [&](std::initializer_list<std::string_view> roles) {
        return std::any_of(roles.begin(), roles.end(),
                           [&](std::string_view role) { return caller.has_role(role); });
    };
    if (any({"doctor", "nurse", "team_lead"})) return "CLINICIAN";
    if (any({"pharmacist", "dispenser"})) return "PHARMACIST";
    if (any({"agency_clerk", "agency_approver", "auditor"})) return "AGENCY";
    if (any({"registrar", "coder", "finance"})) return "REGISTRAR";
    if (any({"integrator"})) return "INTEGRATOR";
    return any({"operator"}) ? "OPERATOR" : "SYSTEM";
}

std::string make_etag(std::int64_t changes) { return '"' + std::to_string(changes) + '"'; }

std::optional<Refusal> check_etag(std::string_view given, std::int64_t changes) {
    std::string current = make_etag(changes);
    if (given.empty() || given == current) return std::nullopt;
    return Refusal{"ETAG_MISMATCH", {{"etag", std::move(current)}}};
}

}  // namespace yilian::runtime
