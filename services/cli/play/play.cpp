#include "services/cli/play/play.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <set>

#include "fmt/format.h"
#include "libs/calendar/civil_month.h"
#include "libs/calendar/local_time.h"
#include "libs/policy/yaml/reader.h"
#include "services/cli/play/acts.h"
#include "services/cli/play/import_district.h"
#include "services/cli/play/lanes.h"
#include "services/cli/play/pipeline.h"
#include "services/cli/play/registers.h"
#include "services/cli/play/settle.h"
#include "services/cli/play/stage.h"
#include "services/cli/play/summary.h"
#include "services/cli/progress.h"
#include "services/cli/report_files.h"

namespace yilian::cli::play {
namespace {

// A service that is started again meanwhile does not end a play.
constexpr std::chrono::seconds kPatience{60};

std::shared_ptr<const policy::Pack> load_pack(const RunFile& run, CivilDate day) {
    const policy::LoadReport report = policy::load_directory(run.policies_dir);
    if (report.packs == nullptr) {
        throw CommandFailed(kExitParameters, policy::text_of(report.problems));
    }
    auto pack = report.packs->at(run.district, day);
    if (!pack) {
        throw CommandFailed(kExitParameters,
                            fmt::format("{}: district={} date={}", pack.refusal().reason.code(),
                                        run.district, day.text()));
    }
    return *pack;
}

std::vector<std::string> services_of(const PlayArgs& args) {
    std::vector<std::string> services;
    const std::set<std::string> only(args.only.begin(), args.only.end());
    for (const std::string& name : service_names()) {
        if (only.empty() || only.contains(name)) services.push_back(name);
    }
    return services;
}

// A play in progress.
class Player {
  public:
    // `registers` empty: the synthetic ones.
    Player(const RunFile& run, const PlayArgs& args, District district,
           std::optional<Registers> registers, const calendar::WorkingDays& working,
           std::shared_ptr<const policy::Pack> pack, std::ostream& out)
        : args_(args),
          district_(std::move(district)),
          registers_(std::move(registers)),
          working_(working),
          days_(district_, working),
          pack_(std::move(pack)),
          clients_(run, kPatience),
          speakers_(run),
          services_(services_of(args)),
          stage_(district_, days_, speakers_, {services_.begin(), services_.end()}, args_.witness),
          pipeline_(clients_, services_),
          out_(out) {}

    int play();

  private:
    // A step of a resident on a day and in a phase.
    struct Turn {
        std::size_t resident;
        std::size_t step;
    };

    void write_stories();
    void play_day(int day);
    void play_phase(int day, Phase phase);
    [[nodiscard]] std::vector<Lane> lanes_of(const std::vector<Turn>& turns, Phase phase);
    void take_turn(const Turn& turn);
    void work_of_agency(int day, Phase phase);
    [[nodiscard]] bool agency_works(int day, Phase phase) const;
    [[nodiscard]] int finish();

    const PlayArgs& args_;
    const District district_;
    std::optional<Registers> registers_;
    const calendar::WorkingDays& working_;
    const DayCount days_;
    const std::shared_ptr<const policy::Pack> pack_;
    const OperatorClients clients_;
    Speakers speakers_;
    const std::vector<std::string> services_;
    Stage stage_;
    Pipeline pipeline_;
    std::ostream& out_;
    std::vector<Story> stories_;
    std::vector<Memory> memories_;
    std::map<std::pair<int, Phase>, std::vector<Turn>> turns_;
    Settlement settlement_;
};

void Player::write_stories() {
    stories_.resize(district_.residents.size());
    memories_.resize(district_.residents.size());
    for (std::size_t i = 0; i < stories_.size(); ++i) {
        stories_[i] = make_story(district_, days_, i);
        Memory& memory = memories_[i];
        memory.referrals.resize(stories_[i].referrals.size());
        memory.up_evidence.resize(stories_[i].referrals.size());
        memory.down_evidence.resize(stories_[i].referrals.size());
        for (std::size_t s = 0; s < stories_[i].steps.size(); ++s) {
            const Step& step = stories_[i].steps[s];
            turns_[{step.day, step.phase}].push_back({i, s});
        }
    }
}

void Player::take_turn(const Turn& turn) {
    Part part{stage_, turn.resident, district_.residents[turn.resident], stories_[turn.resident],
              memories_[turn.resident]};
    yilian::cli::play::play(part, stories_[turn.resident].steps[turn.step]);
}

// A lane for each resident; bookings get one for each pool.
std::vector<Lane> Player::lanes_of(const std::vector<Turn>& turns, Phase phase) {
    std::map<std::string, std::vector<Turn>> by_key;
    for (const Turn& turn : turns) {
        const Story& story = stories_[turn.resident];
        std::string key = fmt::format("{:08}", turn.resident);
        if (phase == Phase::kBooking) {
            const auto plan = static_cast<std::size_t>(story.steps[turn.step].plan);
            key = fmt::format("{}/{}", story.referrals[plan].receiver,
                              story.referrals[plan].inpatient);
        }
        by_key[key].push_back(turn);
    }
    std::vector<Lane> lanes;
    for (auto& [key, of_key] : by_key) {
        lanes.emplace_back([this, mine = std::move(of_key)] {
            for (const Turn& turn : mine) take_turn(turn);
        });
    }
    return lanes;
}

bool Player::agency_works(int day, Phase phase) const {
    if (!stage_.plays("billing")) return false;
    const CivilDate date = days_.date(day);
    const auto month = calendar::CivilMonth::containing(date);
    const auto is_nth = [&](int n) {
        const auto nth = working_.nth_of_month(month, n);
        return nth.ok() && *nth == date;
    };
    if (phase == Phase::kMorning) {
        return district_.rules.capitation && date <= district_.last_day &&
               is_nth(district_.rules.capitation_working_day);
    }
    return phase == Phase::kEvening && month.first_day() > district_.options.first_day &&
           is_nth(district_.rules.month_close_working_day);
}

void Player::work_of_agency(int day, Phase phase) {
    if (!agency_works(day, phase)) return;
    const auto month = calendar::CivilMonth::containing(days_.date(day));
    if (phase == Phase::kMorning) return price_capitation(stage_, month.text());
    // Lists of this very phase belong to the month, too.
    pipeline_.wait_until_quiet();
    settle_month(stage_, *pack_, month.plus(-1).text(), settlement_);
}

void Player::play_phase(int day, Phase phase) {
    const auto found = turns_.find({day, phase});
    const bool turns = found != turns_.end();
    // Midnight is always a stop, so that what falls due on a day does so at its beginning.
    if (!turns && phase != Phase::kMidnight && !agency_works(day, phase)) return;
    stage_.set_now(day, phase);
    pipeline_.advance(stage_.now());
    if (turns) run_lanes(lanes_of(found->second, phase), args_.threads);
    work_of_agency(day, phase);
    pipeline_.wait_until_quiet();
}

void Player::play_day(int day) {
    for (int phase = 0; phase < kPhases; ++phase) play_phase(day, static_cast<Phase>(phase));
}

int Player::play() {
    write_stories();
    stage_.set_now(0, Phase::kMidnight);
    out_ << fmt::format("District {}: importing {} residents, {} institutions\n",
                        district_.options.district, district_.residents.size(),
                        district_.institutions.size());
    out_.flush();
    if (!registers_) registers_ = registers_of(district_);
    import_district(stage_, pipeline_, *pack_, *registers_, args_.threads);
    registers_.reset();
    const int end = days_.number(district_.last_settlement);
    Progress progress(out_, on_terminal(), end + 1);
    for (int day = 0; day <= end; ++day) {
        play_day(day);
        progress.show(day + 1, fmt::format("{}, {} commands, {} refused as planned, {} wrong",
                                           days_.date(day).text(), stage_.tally.commands.load(),
                                           stage_.tally.refused_as_planned.load(),
                                           stage_.tally.failures.load()));
    }
    progress.finish();
    return finish();
}

int Player::finish() {
    const Verification verified = verify_services(clients_, services_);
    const FlowByMonth flow = stage_.plays("referrals") ? read_flow(clients_) : FlowByMonth{};
    SummaryParts parts{district_, verified, settlement_, flow};
    if (const auto& run = pack_->blocks().run; run && run->pools.contains("RES")) {
        parts.point_value_num = run->pools.at("RES").v_bud_num;
        parts.point_value_den = run->pools.at("RES").v_bud_den;
    }
    const nlohmann::ordered_json summary = make_summary(parts);
    write_whole(args_.out + "/summary.json", summary.dump(2) + "\n");
    write_report(args_.out, {summary});
    print_summary(summary, out_);
    out_ << fmt::format("\n{} commands, {} sent twice, {} refused as planned\n",
                        stage_.tally.commands.load(), stage_.tally.resent.load(),
                        stage_.tally.refused_as_planned.load());
    int code = kExitGood;
    for (const CheckRow& check : verified.checks) {
        if (check.violations == 0) continue;
        out_ << fmt::format("FAILED {} {} {}\n", check.service, check.id, check.what);
        for (std::size_t i = 0; i < std::min<std::size_t>(check.first.size(), 5); ++i) {
            out_ << "  " << check.first[i] << "\n";
        }
    }
    for (const std::string& line : shortcomings(summary)) {
        out_ << "FAILED " << line << "\n";
        code = kExitFailed;
    }
    for (const std::string& line :
         untrue_shares(stage_.tally.commands.load(), stage_.tally.resent.load(),
                       stage_.tally.refused_as_planned.load())) {
        out_ << "FAILED " << line << "\n";
        code = kExitFailed;
    }
    for (const std::string& line : stage_.failures()) out_ << "WRONG " << line << "\n";
    if (stage_.tally.failures.load() > 0) code = kExitFailed;
    return code;
}

}  // namespace

int play_district(const RunFile& run, PlayArgs args, std::ostream& out) {
    args.options.district = run.district;
    args.options.first_day = calendar::local_date(run.clock_start);
    const auto working = calendar::WorkingDays::national();
    const auto last =
        calendar::CivilMonth::containing(args.options.first_day).plus(args.options.months);
    if (!working.has_year(last.year())) {
        throw CommandFailed(kExitParameters,
                            fmt::format("POLICY_CALENDAR_MISSING: year={}", last.year()));
    }
    auto pack = load_pack(run, args.options.first_day);
    std::error_code error;
    std::filesystem::create_directories(args.out, error);
    if (args.input.empty()) {
        District district = make_district(args.options, *pack, working);
        if (!args.write_input.empty()) {
            write_registers(district, registers_of(district), args.write_input);
            out << fmt::format("{} holds the district's registers\n", args.write_input);
            return kExitGood;
        }
        Player player(run, args, std::move(district), std::nullopt, working, std::move(pack), out);
        return player.play();
    }
    InputDistrict input = read_input(args.input, args.out, args.options, *pack, working);
    if (input.bad_fields > 0) {
        out << fmt::format("{} bad fields, their rows are left out: see {}/input.errors.csv\n",
                           input.bad_fields, args.out);
    }
    Player player(run, args, std::move(input.district), std::move(input.registers), working,
                  std::move(pack), out);
    const int code = player.play();
    return code == kExitGood && input.bad_fields > 0 ? kExitFailed : code;
}

}  // namespace yilian::cli::play
