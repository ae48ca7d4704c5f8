#include "services/cli/benefit.h"

#include <array>
#include <cstring>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include "libs/amount/int128.h"
#include "services/billing/domain/benefit.h"
#include "services/cli/unique_rows.h"

namespace yilian::cli {
namespace {

using amount::Fen;
using amount::Int128;
using tabular::Column;
using tabular::CsvWriter;
using tabular::Type;

enum Stays : std::size_t {
    kPerson,
    kStay,
    kSeq,
    kLevel,
    kTotal,
    kSelfPaid,
    kClassB,
    kOverLimit,
    kReferral,
    kChain,
    kCounty,
    kFiled,
    kAidClass
};

template <class Value>
std::vector<std::string> names_of(const std::map<std::string, Value>& values) {
    std::vector<std::string> names;
    for (const auto& [name, value] : values) names.push_back(name);
    return names;
}

tabular::Spec stay_spec(const std::vector<std::string>& levels,
                        const std::vector<std::string>& classes) {
    return {{Column::of("person_id", Type::kId), Column::of("stay_id", Type::kId),
             Column::of("seq", Type::kInt), Column::one_of("level", levels),
             Column::of("total_fen", Type::kFen), Column::of("self_paid_fen", Type::kFen),
             Column::of("class_b_first_fen", Type::kFen), Column::of("over_limit_fen", Type::kFen),
             Column::one_of("referral", {"NONE", "UP", "DOWN"}),
             Column::of("chain_id", Type::kId).may_be_empty(),
             Column::flag("county_ratio_evidence"), Column::flag("filed"),
             Column::one_of("aid_class", classes)}};
}

// What a sorted row carries besides its three ids.
struct StayFigures {
    std::int64_t total, self_paid, class_b_first, over_limit;
    std::uint32_t level, aid_class;
    std::uint8_t referral, county, filed;
    std::uint8_t person_size, stay_size;  // ids have at most 64 bytes
};
static_assert(std::is_trivially_copyable_v<StayFigures>);

std::string sort_key(const tabular::Row& row) {
    std::string key(row.text(kPerson));
    key += '\0';
    const auto seq = static_cast<std::uint64_t>(row.integer(kSeq));
    for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(seq >> shift);
    return key;
}

std::string packed(const tabular::Row& row) {
    StayFigures f{};
    f.total = row.fen(kTotal).raw();
    f.self_paid = row.fen(kSelfPaid).raw();
    f.class_b_first = row.fen(kClassB).raw();
    f.over_limit = row.fen(kOverLimit).raw();
    f.level = static_cast<std::uint32_t>(row.choice(kLevel));
    f.aid_class = static_cast<std::uint32_t>(row.choice(kAidClass));
    f.referral = static_cast<std::uint8_t>(row.choice(kReferral));
    f.county = static_cast<std::uint8_t>(row.choice(kCounty));
    f.filed = static_cast<std::uint8_t>(row.choice(kFiled));
    f.person_size = static_cast<std::uint8_t>(row.text(kPerson).size());
    f.stay_size = static_cast<std::uint8_t>(row.text(kStay).size());
    std::string bytes(sizeof f, '\0');
    std::memcpy(bytes.data(), &f, sizeof f);
    bytes += row.text(kPerson);
    bytes += row.text(kStay);
    bytes += row.text(kChain);
    return bytes;
}

// In 128 bits: three amounts of 64 bits may exceed the fourth by more than 64 bits hold.
bool negative_in_policy(const tabular::Row& row) {
    const Int128 outside =
        Int128{row.fen(kSelfPaid).raw()} + row.fen(kClassB).raw() + row.fen(kOverLimit).raw();
    return outside > row.fen(kTotal).raw();
}

class Command {
  public:
    explicit Command(const OfflineArgs& args)
        : args_(args),
          rules_(take_block(read_blocks(args.params).benefit, "benefit", args.params)),
          levels_(names_of(rules_.levels)),
          classes_(names_of(rules_.aid)),
          files_(args) {}

    int run() {
        tabular::Reader rows = files_.open(args_.in, stay_spec(levels_, classes_));
        CsvWriter out =
            CsvWriter::in_order(files_.result(args_.out),
                                {"person_id", "stay_id", "in_policy_fen", "deductible_fen",
                                 "waiver", "ratio", "county_ratio_used", "basic_fen", "serious_fen",
                                 "aid_fen", "personal_in_policy_fen", "personal_total_fen"});
        UniqueRows stays(files_, rows, "stay_id");
        while (files_.read(rows)) {
            const tabular::Row& row = rows.row();
            if (negative_in_policy(row)) {
                files_.reject(rows, "BEN_NEGATIVE_IN_POLICY");
            } else {
                stays.add({row.text(kStay)}, row.text(kStay), sort_key(row), packed(row));
            }
        }
        stays.drain([&](std::string_view stay) { compute(stay, out); });
        OfflineFiles::need(out.finish());
        return files_.commit();
    }

  private:
    void compute(std::string_view bytes, CsvWriter& out) {
        StayFigures f{};
        std::memcpy(&f, bytes.data(), sizeof f);
        bytes.remove_prefix(sizeof f);
        const std::string_view person = bytes.substr(0, f.person_size);
        const std::string_view stay_id = bytes.substr(f.person_size, f.stay_size);
        if (person != person_) {
            person_ = person;
            year_ = billing::BenefitYear();
        }
        constexpr std::array kKinds{billing::ReferralKind::kNone, billing::ReferralKind::kUp,
                                    billing::ReferralKind::kDown};
        billing::BenefitStay stay;
        stay.level = levels_[f.level];
        stay.total = Fen::of_raw(f.total);
        stay.self_paid = Fen::of_raw(f.self_paid);
        stay.class_b_first = Fen::of_raw(f.class_b_first);
        stay.over_limit = Fen::of_raw(f.over_limit);
        stay.referral = kKinds[f.referral];
        stay.chain_id = bytes.substr(std::size_t{f.person_size} + f.stay_size);
        stay.county_evidence = f.county != 0;
        stay.filed = f.filed != 0;
        stay.aid_class = classes_[f.aid_class];
        write(out, person, stay_id, year_.add(rules_, stay).value());
    }

    static void write(CsvWriter& out, std::string_view person, std::string_view stay,
                      const billing::BenefitResult& r) {
        out.text(person)
            .text(stay)
            .fen(r.in_policy)
            .fen(r.deductible)
            .text(billing::name_of(r.waiver))
            .rate(r.ratio)
            .flag(r.county_ratio_used)
            .fen(r.basic)
            .fen(r.serious)
            .fen(r.aid)
            .fen(r.personal_in_policy)
            .fen(r.personal_total)
            .end_row();
    }

    const OfflineArgs& args_;
    policy::billing::Benefit rules_;
    std::vector<std::string> levels_;
    std::vector<std::string> classes_;
    OfflineFiles files_;
    std::string person_;
    billing::BenefitYear year_;
};

}  // namespace

int compute_benefits(const OfflineArgs& args) { return Command(args).run(); }

}  // namespace yilian::cli
