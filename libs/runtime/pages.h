#pragma once

#include <cstdint>
#include <string>

#include "libs/runtime/command.h"

namespace yilian::runtime {

// Rows of a page of every list: the default and the most (style.md 4).
inline constexpr std::int32_t kPageDefault = 50;
inline constexpr std::int32_t kPageMax = 500;

// One page of a list that is read by position. `rows(position, limit)` selects what stands after
// the position ("" = from the start); `add(response, row)` looks at a row, adds it where it is
// wanted and answers its position.
template <class Response, class Request, class Rows, class Add>
[[nodiscard]] Outcome<Response> page_of(QueryContext& context, const Request& request, Rows rows,
                                        Add add) {
    const auto page = context.page(request, kPageDefault, kPageMax);
    if (!page.ok()) return page.refusal();
    Response response;
    std::string position;
    std::int32_t seen = 0;
    for (const storage::Row& row : rows(page->position, std::int64_t{page->size} + 1)) {
        if (seen++ == page->size) {
            response.set_next_page_token(context.next_page_token(request, position));
            break;
        }
        position = add(response, row);
    }
    return response;
}

}  // namespace yilian::runtime
