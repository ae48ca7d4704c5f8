#include "services/cli/play/import_parts.h"

#include <algorithm>
#include <set>

#include "fmt/format.h"
#include "services/cli/play/drug_data.h"
#include "services/cli/play/lanes.h"
#include "services/cli/play/settle.h"
#include "yilian/billing/v1/settlement_service.pb.h"
#include "yilian/prescriptions/v1/drug_catalogue_service.pb.h"
#include "yilian/referrals/v1/slot_service.pb.h"

namespace yilian::cli::play {
namespace {

namespace ref = referrals::v1;
namespace rx = prescriptions::v1;
namespace bil = billing::v1;

constexpr int kPlans = 200;
constexpr std::chrono::minutes kSlotLength{30};
constexpr std::int64_t kBudgetPerResidentFen = 300'000;

std::string slot_method(const char* name) {
    return std::string("yilian.referrals.v1.SlotService/") + name;
}

Actor registrar_of(const std::string& institution) {
    return {institution, institution + "-registrar", Duty::kRegistrar};
}

void publish_offer(Stage& stage, const Institution& institution) {
    const Rules& rules = stage.district.rules;
    ref::PublishServiceOfferRequest request;
    ref::ServiceOffer* offer = request.mutable_offer();
    offer->set_offer_id(stage.ids.ulid(stage.now(), "offer/" + institution.id));
    offer->set_institution_id(institution.id);
    for (const auto kind : {ref::REFERRAL_KIND_OUTPATIENT, ref::REFERRAL_KIND_INPATIENT,
                            ref::REFERRAL_KIND_REHABILITATION}) {
        offer->add_kinds(kind);
    }
    for (const auto priority : {ref::PRIORITY_ROUTINE, ref::PRIORITY_URGENT}) {
        ref::BookingWindow* window = offer->add_booking_windows();
        window->set_priority(priority);
        window->set_to_days(60);
    }
    // A hospital is graded for the disease itself, whatever wider name a registry keeps it under.
    const std::set<std::string> graded{"hypertension", "diabetes_t2", rules.hypertension,
                                       rules.diabetes};
    for (const std::string& disease : graded) {
        if (disease.empty()) continue;
        ref::DiseaseGrade* grade = offer->add_grades();
        grade->set_disease_code(disease);
        grade->set_grade(3);
    }
    offer->set_valid_from(stage.today());
    stage.command<ref::ServiceOffer>({"referrals", slot_method("PublishServiceOffer"),
                                      registrar_of(institution.id), "offer/" + institution.id},
                                     request);
}

ref::ResourceKind kind_of(const Pool& pool) {
    if (pool.kind == "BED") return ref::RESOURCE_KIND_BED;
    return pool.kind == "EXPERT" ? ref::RESOURCE_KIND_EXPERT : ref::RESOURCE_KIND_OUTPATIENT;
}

void publish_pool(Stage& stage, const Pool& pool) {
    ref::PublishPoolRequest request;
    request.mutable_pool()->set_pool_id(pool.id);
    request.mutable_pool()->set_owner_institution_id(pool.owner);
    request.mutable_pool()->set_resource_kind(kind_of(pool));
    request.mutable_pool()->set_specialty_code("03");
    stage.command<ref::ResourcePool>(
        {"referrals", slot_method("PublishPool"), registrar_of(pool.owner), "pool/" + pool.id},
        request);
    const int days = stage.days.number(stage.district.last_settlement);
    const bool beds = pool.kind == "BED";
    ref::OpenSlotsRequest open;
    int sent = 0;
    const auto flush = [&] {
        open.set_pool_id(pool.id);
        stage.command<ref::OpenSlotsResponse>(
            {"referrals", slot_method("OpenSlots"), registrar_of(pool.owner),
             fmt::format("slots/{}/{}", pool.id, sent++)},
            open);
        open.Clear();
    };
    for (int day = 1; day <= days; ++day) {
        for (const Phase phase : {Phase::kForenoon, Phase::kAfternoon}) {
            if (beds && phase == Phase::kForenoon) continue;
            ref::SlotPlan* plan = open.add_plans();
            const Instant start = stage.at(day, phase);
            *plan->mutable_start_at() = timestamp(start);
            *plan->mutable_end_at() = timestamp(start + kSlotLength);
            plan->set_capacity(stage.district.places_a_slot);
            for (int quota = 0; quota < 4; ++quota) {
                plan->add_slot_ids(stage.ids.ulid(
                    start, fmt::format("slot/{}/{}/{}", pool.id, to_ms(start), quota)));
            }
            if (open.plans_size() == kPlans) flush();
        }
    }
    if (open.plans_size() > 0) flush();
}

}  // namespace

void publish_places(Stage& stage, std::size_t threads) {
    std::vector<Lane> lanes;
    for (const Institution& institution : stage.district.institutions) {
        if (!institution.hospital() && !institution.parent.empty()) continue;
        lanes.emplace_back([&stage, &institution] { publish_offer(stage, institution); });
    }
    for (const Pool& pool : stage.district.pools) {
        lanes.emplace_back([&stage, &pool] { publish_pool(stage, pool); });
    }
    run_lanes(lanes, threads);
}

void import_drugs(Stage& stage) {
    rx::ImportDrugCatalogueRequest request;
    request.set_batch_id("drugs");
    request.set_catalogue_id("demo");
    request.set_version("2026.1");
    request.set_effective_from("2025-01-01");
    request.set_source("made-up catalogue of the project, Apache-2.0");
    for (const Drug& drug : drugs()) *request.add_rows() = drug;
    const Command command{"prescriptions",
                          "yilian.prescriptions.v1.DrugCatalogueService/ImportDrugCatalogue",
                          registrar(stage), "import/drugs"};
    const auto report = stage.command<common::v1::ImportReport>(command, request);
    if (report && report->refused_count() > 0) {
        stage.fail(command, fmt::format("row {} {}", report->refusals(0).row_index(),
                                        report->refusals(0).reason()));
    }
}

std::string pool_id(const std::string& insurance, int year) {
    return fmt::format("{}-{}", insurance, year);
}

void create_pools(Stage& stage, const policy::Pack& pack) {
    const auto& run = pack.blocks().run;
    if (!run) return;
    const int first = stage.district.options.first_day.year();
    for (int year = first; year <= stage.district.last_day.year(); ++year) {
        for (const auto& [insurance, rates] : run->pools) {
            bil::CreatePoolRequest request;
            request.set_pool_id(pool_id(insurance, year));
            request.set_insurance(insurance == "EMP" ? common::v1::INSURANCE_EMP
                                                     : common::v1::INSURANCE_RES);
            request.set_year(fmt::format("{:04}", year));
            request.set_budget_fen(kBudgetPerResidentFen * stage.district.options.residents);
            request.set_reserve_rate_e8(rates.reserve_rate.raw());
            request.set_payment_ratio_e8(rates.payment_ratio.raw());
            request.set_budget_value_num(rates.v_bud_num);
            request.set_budget_value_den(rates.v_bud_den);
            request.set_prepay_rate_e8(rates.prepay_rate.raw());
            request.set_approval_document_id("budget-decision-" + std::to_string(year));
            stage.command<bil::Pool>({"billing", "yilian.billing.v1.SettlementService/CreatePool",
                                      clerk(), fmt::format("pool/{}/{}", insurance, year)},
                                     request);
        }
    }
}

}  // namespace yilian::cli::play
