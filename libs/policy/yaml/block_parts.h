#pragma once

#include "libs/policy/billing_blocks.h"
#include "libs/policy/yaml/blocks_reader.h"
#include "libs/policy/yaml/fields.h"

// The pieces of blocks_reader.h, one function a block.
namespace yilian::policy::block_parts {

// Collects {lo, lo_closed, hi, hi_closed} of ordered bands and checks the tiling at the end.
class BandList {
  public:
    explicit BandList(Problems& problems) : problems_(problems), before_(problems.size()) {}

    // Reads the bounds of one band; the other fields of `fields` are the caller's.
    void add(Fields& fields);
    // For bands that start at `bound`: everything up to it, closed, becomes band 0.
    void start_at(amount::Rate bound, const Node& at);
    // One band over everything when something was wrong.
    [[nodiscard]] amount::Bands finish(const Node& list, const std::string& where);

  private:
    Problems& problems_;
    std::size_t before_;
    std::vector<amount::Band> bands_;
    std::vector<const Node*> nodes_;
};

[[nodiscard]] billing::DeviationRule read_deviation_rule(Fields& fields);

[[nodiscard]] billing::Dip read_dip(const Node& node, Problems& problems);
[[nodiscard]] billing::Capitation read_capitation(const Node& node, Problems& problems);
[[nodiscard]] billing::Settle read_settle(const Node& node, Problems& problems);
[[nodiscard]] billing::Sharing read_sharing(const Node& node, const BlockBounds& bounds,
                                            Problems& problems);
[[nodiscard]] billing::Benefit read_benefit(const Node& node, const BlockBounds& bounds,
                                            Problems& problems, Problems& warnings);
[[nodiscard]] billing::Allocate read_allocate(const Node& node, Problems& problems);
[[nodiscard]] billing::Drg read_drg(const Node& node, Problems& problems);
[[nodiscard]] billing::BedDay read_bed_day(const Node& node, Problems& problems);
[[nodiscard]] billing::Supervision read_supervision(const Node& node, Problems& problems);
[[nodiscard]] billing::Calendar read_calendar(const Node& node, Problems& problems);
[[nodiscard]] billing::Run read_run(const Node& node, Problems& problems);

}  // namespace yilian::policy::block_parts
