#include "libs/calendar/local_time.h"
#include "libs/rpc/validate.h"
#include "services/prescriptions/app/catalogue.h"
#include "services/prescriptions/rpc/methods.h"
#include "services/prescriptions/store/queries.h"
#include "services/prescriptions/store/rows.h"

namespace yilian::prescriptions::rpc_edge {
namespace {

using runtime::CommandContext;
using runtime::QueryContext;

std::string catalogue_method(std::string_view name) {
    return "yilian.prescriptions.v1.DrugCatalogueService/" + std::string(name);
}

// Imports and undo change one thing, the catalogue; they are rare.
std::vector<std::string> catalogue_key() { return {"drug_catalogue"}; }

Outcome<v1::ListDrugCataloguesResponse> list(QueryContext& context,
                                             const v1::ListDrugCataloguesRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    v1::ListDrugCataloguesResponse response;
    for (const storage::Row& row :
         context.tx.select(store::kCataloguePage, page->position, std::int64_t{page->size} + 1)) {
        if (response.catalogues_size() == page->size) {
            response.set_next_page_token(
                context.next_page_token(r, response.catalogues(page->size - 1).effective_from()));
            break;
        }
        v1::DrugCatalogue* out = response.add_catalogues();
        out->set_catalogue_id(row.text(0));
        out->set_version(row.text(1));
        out->set_effective_from(row.text(2));
        out->set_source(row.text(3));
        out->set_drug_count(static_cast<std::int32_t>(row.i64(4)));
        out->set_digest(app::catalogue_digest(context.tx, row.text(0), row.text(1)));
    }
    return response;
}

Outcome<v1::DrugRow> get(QueryContext& context, const v1::GetDrugRequest& r) {
    const auto on =
        r.on().empty() ? calendar::local_date(context.now) : *calendar::CivilDate::parse(r.on());
    const auto row =
        store::drug_row(context.tx, store::catalogue_on(context.tx, on), r.generic_code());
    if (!row) return Reason("NOT_FOUND");
    return *row;
}

}  // namespace

void bind_catalogue(runtime::Binder& binder, const EnvPtr& env) {
    binder.command<v1::ImportDrugCatalogueRequest, common::v1::ImportReport>(
        catalogue_method("ImportDrugCatalogue"),
        {.validate =
             [](const v1::ImportDrugCatalogueRequest& r) {
                 return rpc::Validator()
                     .id("batch_id", r.batch_id())
                     .id("catalogue_id", r.catalogue_id())
                     .id("version", r.version())
                     .date("effective_from", r.effective_from())
                     .text("source", r.source(), 1, 200)
                     .expect(r.rows_size() > 0, "rows", "FIELD_REQUIRED")
                     .done();
             },
         .lock_keys = [](const auto&) { return catalogue_key(); },
         .run =
             [env](CommandContext& context, const v1::ImportDrugCatalogueRequest& r) {
                 app::Work work = work_of(context, *env);
                 context.audit("batch/" + r.batch_id());
                 return app::import_catalogue(work, r);
             }});
    binder.command<v1::UndoImportRequest, common::v1::UndoReport>(
        catalogue_method("UndoImport"),
        {.validate =
             [](const v1::UndoImportRequest& r) {
                 return rpc::Validator().id("batch_id", r.batch_id()).done();
             },
         .lock_keys = [](const auto&) { return catalogue_key(); },
         .run =
             [env](CommandContext& context, const v1::UndoImportRequest& r) {
                 app::Work work = work_of(context, *env);
                 context.audit("batch/" + r.batch_id());
                 return app::undo_import(work, r.batch_id());
             }});
    binder.query<v1::ListDrugCataloguesRequest, v1::ListDrugCataloguesResponse>(
        catalogue_method("ListDrugCatalogues"),
        {.validate =
             [](const v1::ListDrugCataloguesRequest& r) {
                 return rpc::Validator().page_size(r.page_size()).done();
             },
         .run = [](QueryContext& context,
                   const v1::ListDrugCataloguesRequest& r) { return list(context, r); }});
    binder.query<v1::GetDrugRequest, v1::DrugRow>(
        catalogue_method("GetDrug"),
        {.validate =
             [](const v1::GetDrugRequest& r) {
                 return rpc::Validator()
                     .id("generic_code", r.generic_code())
                     .optional_date("on", r.on())
                     .done();
             },
         .run = [](QueryContext& context,
                   const v1::GetDrugRequest& r) { return get(context, r); }});
}

}  // namespace yilian::prescriptions::rpc_edge
