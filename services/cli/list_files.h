#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/tabular/error_report.h"
#include "libs/tabular/reader.h"
#include "yilian/billing/v1/types.pb.h"

// Settlement lists as linked CSV files of one folder (billing.md 13.1): list.csv, diagnosis.csv,
// charge.csv and, where there are any, procedure.csv, fund.csv and icu.csv, linked by list_id.
namespace yilian::cli {

// Where the parts of a list stand: "diagnoses" -> rows of diagnosis.csv.
struct ListPlace {
    std::uint64_t row = 0;  // of list.csv
    std::map<std::string, std::vector<std::uint64_t>> parts;
};

struct ListFile {
    std::string name;  // "diagnosis.csv"
    std::string part;  // member of SettlementList: "diagnoses"; "" for list.csv
    bool required = true;
    std::vector<tabular::Column> columns;
};
// list.csv first.
[[nodiscard]] const std::vector<ListFile>& list_files();

// Reads folders of lists. A list with a bad row in any of its files is not handed out: it would be
// another list. Holds the parts of one folder in memory. Not thread-safe.
class ListReader {
  public:
    // `errors` gets every bad field; it must outlive the reader.
    explicit ListReader(tabular::ErrorReport& errors) : errors_(errors) {}

    struct Read {
        std::uint64_t rows = 0;  // of list.csv
        std::uint64_t good = 0;  // handed out
    };
    // Hands out every good list of the folder in the order of list.csv. Throws CommandFailed 4 when
    // a file cannot be read or its header is wrong.
    Read read(const std::string& folder,
              const std::function<void(billing::v1::SettlementList&&, ListPlace&&)>& each);

  private:
    struct Parts {
        billing::v1::SettlementList list;
        std::map<std::string, std::vector<std::uint64_t>> rows;
        bool bad = false;
        bool used = false;
    };
    void read_parts(const std::string& folder, const ListFile& file);
    void report_orphans(const std::string& folder);

    tabular::ErrorReport& errors_;
    std::map<std::string, Parts> parts_;  // by list_id
};

}  // namespace yilian::cli
