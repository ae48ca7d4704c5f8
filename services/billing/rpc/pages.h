#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "libs/runtime/command.h"
#include "services/billing/rpc/methods.h"

// What the lists of this service have in common. Transport only.
namespace yilian::billing::rpc_edge {

// The party that a list is about: the one asked for, or the caller's own where it sees no other.
// AUTH_RECORD_ACCESS_DENIED for a party that is not the caller's.
[[nodiscard]] inline Outcome<std::string> own_or_all(const rpc::Caller& caller,
                                                     const std::string& asked) {
    if (sees_all(caller)) return asked;
    if (!asked.empty() && asked != caller.institution_id) return not_your_record();
    return caller.institution_id;
}

// One page. `rows(position, limit)` selects what stands after the position; `add(response, row)`
// adds a row and answers its position.
template <class Response, class Request, class Rows, class Add>
[[nodiscard]] Outcome<Response> page_of(runtime::QueryContext& context, const Request& request,
                                        Rows rows, Add add) {
    const auto page = context.page(request, 50, 500);
    if (!page.ok()) return page.refusal();
    Response response;
    std::string position;
    std::int32_t added = 0;
    for (const storage::Row& row : rows(page->position, std::int64_t{page->size} + 1)) {
        if (added++ == page->size) {
            response.set_next_page_token(context.next_page_token(request, position));
            break;
        }
        position = add(response, row);
    }
    return response;
}

}  // namespace yilian::billing::rpc_edge
