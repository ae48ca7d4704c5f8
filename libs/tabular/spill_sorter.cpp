#include "libs/tabular/spill_sorter.h"

#include <algorithm>
#include <cstring>
#include <queue>
#include <utility>

namespace yilian::tabular {
namespace {

constexpr std::size_t kBlock = std::size_t{256} * 1024;
constexpr std::size_t kSmallBlock = std::size_t{16} * 1024;

// A run is a sequence of: key size, payload size (32 bits each), key, payload.
constexpr std::size_t kHeader = 8;

void append_size(std::string& out, std::uint32_t size) {
    char bytes[sizeof size];
    std::memcpy(bytes, &size, sizeof size);
    out.append(bytes, sizeof size);
}

// The order of the keys by their first eight bytes; equal for keys that differ only behind them.
std::uint64_t prefix_of(std::string_view key) {
    std::uint64_t prefix = 0;
    for (std::size_t i = 0; i < sizeof prefix; ++i) {
        prefix = prefix << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
    }
    return prefix;
}

std::uint32_t size_at(const std::string& bytes, std::size_t position) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + position, sizeof size);
    return size;
}

// Reads one run from its beginning, a block at a time.
class RunReader {
  public:
    RunReader(const File& file, std::size_t block) : file_(&file), block_(block) {}

    // False at the end of the run and after an error.
    [[nodiscard]] bool next() {
        begin_ += record_;
        record_ = 0;
        if (!need(kHeader)) return false;
        const std::size_t key = size_at(buffer_, begin_);
        const std::size_t payload = size_at(buffer_, begin_ + 4);
        if (!need(kHeader + key + payload)) {
            truncated_ = true;
            return false;
        }
        const std::string_view bytes(buffer_);
        key_ = bytes.substr(begin_ + kHeader, key);
        payload_ = bytes.substr(begin_ + kHeader + key, payload);
        record_ = kHeader + key + payload;
        return true;
    }
    [[nodiscard]] std::string_view key() const { return key_; }
    [[nodiscard]] std::string_view payload() const { return payload_; }
    [[nodiscard]] int error() const { return truncated_ && error_ == 0 ? EIO : error_; }

  private:
    [[nodiscard]] bool need(std::size_t size) {
        while (buffer_.size() - begin_ < size) {
            buffer_.erase(0, begin_);
            begin_ = 0;
            const std::size_t held = buffer_.size();
            buffer_.resize(held + std::max(size, block_));
            const File::Read got =
                file_->read_at(buffer_.data() + held, buffer_.size() - held, position_);
            buffer_.resize(held + got.size);
            position_ += got.size;
            error_ = got.error;
            if (got.size == 0) return false;
        }
        return true;
    }

    const File* file_;
    std::size_t block_;
    std::string buffer_;
    std::size_t begin_ = 0;
    std::size_t record_ = 0;
    std::size_t position_ = 0;
    std::string_view key_;
    std::string_view payload_;
    bool truncated_ = false;
    int error_ = 0;
};

}  // namespace

SpillSorter::SpillSorter(std::string directory, std::size_t budget)
    : directory_(std::move(directory)), budget_(budget) {}

std::string_view SpillSorter::key_of(const Entry& entry) const {
    return std::string_view(bytes_).substr(entry.offset, entry.key_size);
}

std::string_view SpillSorter::payload_of(const Entry& entry) const {
    return std::string_view(bytes_).substr(entry.offset + entry.key_size, entry.payload_size);
}

void SpillSorter::add(std::string_view key, std::string_view payload) {
    YILIAN_INVARIANT(key.size() <= UINT32_MAX && payload.size() <= UINT32_MAX,
                     "tabular: row larger than 4 GiB");
    entries_.push_back({prefix_of(key), bytes_.size(), static_cast<std::uint32_t>(key.size()),
                        static_cast<std::uint32_t>(payload.size())});
    bytes_.append(key).append(payload);
    ++size_;
    if (bytes_.size() + entries_.size() * sizeof(Entry) > budget_) spill();
}

void SpillSorter::sort() {
    std::stable_sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
        return a.prefix != b.prefix ? a.prefix < b.prefix : key_of(a) < key_of(b);
    });
}

void SpillSorter::spill() {
    sort();
    auto [file, error] = File::create_unnamed(directory_);
    std::string block;
    for (const Entry& entry : entries_) {
        append_size(block, entry.key_size);
        append_size(block, entry.payload_size);
        block.append(key_of(entry)).append(payload_of(entry));
        if (block.size() < kBlock) continue;
        if (error == 0) error = file.write(block);
        block.clear();
    }
    if (error == 0) error = file.write(block);
    if (error_ == 0) error_ = error;
    runs_.push_back(std::move(file));
    entries_.clear();
    bytes_.clear();
}

Refusal SpillSorter::failure() const {
    return {"FILE_NOT_WRITABLE", {{"file", directory_}, {"error", error_text(error_)}}};
}

Outcome<Allowed> SpillSorter::drain(const std::function<void(std::string_view)>& each) {
    return drain_keyed([&](std::string_view, std::string_view payload) { each(payload); });
}

Outcome<Allowed> SpillSorter::drain_keyed(const EachKeyed& each) {
    if (runs_.empty()) {
        sort();
        for (const Entry& entry : entries_) each(key_of(entry), payload_of(entry));
        entries_.clear();
        bytes_.clear();
        return Allowed{};
    }
    if (!entries_.empty()) spill();
    if (error_ != 0 || !merge(each)) return failure();
    return Allowed{};
}

bool SpillSorter::merge(const EachKeyed& each) {
    // All runs together read within the budget.
    const std::size_t block = std::clamp(budget_ / runs_.size(), kSmallBlock, kBlock);
    std::vector<RunReader> readers;
    readers.reserve(runs_.size());
    for (const File& run : runs_) readers.emplace_back(run, block);
    std::string().swap(bytes_);
    std::vector<Entry>().swap(entries_);
    // Runs were written in the order of add(), so the lower index goes first among equal keys.
    const auto later = [&](std::size_t a, std::size_t b) {
        const int order = readers[a].key().compare(readers[b].key());
        return order != 0 ? order > 0 : a > b;
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> open(later);
    for (std::size_t i = 0; i < readers.size(); ++i) {
        if (readers[i].next()) open.push(i);
    }
    while (!open.empty()) {
        const std::size_t first = open.top();
        open.pop();
        each(readers[first].key(), readers[first].payload());
        if (readers[first].next()) open.push(first);
    }
    for (const RunReader& reader : readers) {
        if (error_ == 0) error_ = reader.error();
    }
    runs_.clear();
    return error_ == 0;
}

}  // namespace yilian::tabular
