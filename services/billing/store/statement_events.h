#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/events/event.h"
#include "libs/storage/transaction.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/settlement_rows.h"

// Published statements as events, and statements made again from events.
namespace yilian::billing::store {

// Number of the benefit that the statement holds, by institution and list.
using StatedBenefits = std::map<std::pair<std::string, std::string>, std::int64_t>;
[[nodiscard]] StatedBenefits stated_benefits(storage::Transaction& tx, std::string_view run_id,
                                             std::string_view party);

// StatementPublished with everything of the statement that the log has not told already; several
// events where there are many cases. `institution_id`: that stands for the party, the key.
[[nodiscard]] std::vector<events::EventDraft> statement_published(const Context& context,
                                                                  const StatementRow& statement,
                                                                  const std::string& institution_id,
                                                                  const StatedBenefits& benefits);

// Makes the bytes of every statement again from the events of the service alone, fed in the order
// of the log; events seen twice change nothing. One object a log.
class StatementHistory {
  public:
    StatementHistory();
    ~StatementHistory();
    StatementHistory(const StatementHistory&) = delete;
    StatementHistory& operator=(const StatementHistory&) = delete;

    // Types that no statement is made of are passed over.
    void see(std::string_view type, std::string_view payload);

    struct Made {
        std::string sha256;   // as published
        std::string content;  // as made again
    };
    // By run and party.
    [[nodiscard]] const std::map<std::pair<std::string, std::string>, Made>& statements() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace yilian::billing::store
